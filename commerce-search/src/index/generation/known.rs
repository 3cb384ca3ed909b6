use commerce_core::domain::ids::{ProductId, Sku};
use tantivy::{
    TantivyDocument, Term,
    collector::DocSetCollector,
    query::{TermQuery, TermSetQuery},
    schema::{IndexRecordOption, Value as _},
};

use super::{Generation, Role, commits::committed, lock};
use crate::{document::Document, error::IndexError, index::rows::place};

impl Generation {
    /// The version of a product that is known here, and whether searches find it so.
    pub(crate) fn version(&self, product: ProductId) -> Result<(u64, bool), IndexError> {
        match &self.role {
            Role::Writes(writing) => {
                let rows = lock(&writing.rows);
                let slot = rows.by_product.get(&product).copied();
                let version = slot.and_then(|slot| place(&rows.written, slot)).map_or(0, |row| row.version);
                Ok((version, !rows.uncommitted.contains_key(&product)))
            }
            Role::Follows(following) => {
                let (committed, _) = committed(&self.index)?;
                let known = lock(following).versions.get(&product).copied();
                Ok(known.map_or((0, true), |(version, words)| (version, words <= committed)))
            }
        }
    }

    /// The committed document of a product, as it was indexed; more than one would be a mistake.
    pub(crate) fn documents(&self, product: ProductId) -> Result<Vec<Document>, IndexError> {
        let Some(slot) = self.columns.slot(product) else { return Ok(Vec::new()) };
        let searcher = self.searcher();
        let query = TermQuery::new(self.fields.term(slot), IndexRecordOption::Basic);
        let mut documents = Vec::new();
        for address in searcher.search(&query, &DocSetCollector)? {
            let stored: TantivyDocument = searcher.doc(address)?;
            let bytes = stored.get_first(self.fields.stored).and_then(|value| value.as_bytes());
            documents.push(serde_json::from_slice(bytes.unwrap_or_default())?);
        }
        Ok(documents)
    }

    /// The products whose kits are made of these SKUs, as far as their words are committed.
    pub(crate) fn made_of(&self, parts: &[Sku]) -> Result<Vec<ProductId>, IndexError> {
        let terms = parts.iter().map(|part| Term::from_field_text(self.fields.part, part.as_str()));
        let (searcher, view) = (self.searcher(), self.columns.view());
        let mut products = Vec::new();
        for address in searcher.search(&TermSetQuery::new(terms), &DocSetCollector)? {
            let slots = searcher.segment_reader(address.segment_ord).fast_fields().u64("slot")?;
            let slot = slots.first(address.doc_id).and_then(|slot| u32::try_from(slot).ok());
            products.extend(slot.map(|slot| view.product(slot)));
        }
        Ok(products)
    }
}
