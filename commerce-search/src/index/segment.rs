use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use commerce_core::gateway::FacetName;
use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, StrColumn},
    index::SegmentId,
};

use super::{lock, schema::attribute_column};

/// What is kept of a segment for as long as any state has it: to open its columns takes longer than many a search.
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    /// Where products have their numbers.
    pub(crate) slots: Column<u64>,
    /// Those that were asked for.
    facets: Mutex<HashMap<FacetName, Arc<Ords>>>,
}

/// The values of one facet in one segment, by their numbers there.
///
/// Each product has one number, which stands for all of its values at once: so a product is counted with one step, and
/// products that have the same categories are counted together.
pub(crate) struct Ords {
    /// What the values are.
    pub(crate) column: StrColumn,
    sets: Sets,
    /// Where the values of each set end in those of all.
    ends: Vec<u32>,
    ords: Vec<u32>,
}

/// The set of values of each product; as small as it can be, because a search jumps about in it.
enum Sets {
    Few(Box<[u16]>),
    Many(Box<[u32]>),
}

impl Segment {
    pub(crate) fn open(reader: &SegmentReader) -> tantivy::Result<Self> {
        let slots = reader.fast_fields().u64("slot")?;
        Ok(Self { id: reader.segment_id(), slots, facets: Mutex::default() })
    }

    /// Where a product has its numbers.
    pub(crate) fn slot(&self, doc: DocId) -> u32 {
        self.slots.first(doc).map_or(u32::MAX, short)
    }

    /// A facet, read the first time that anybody asks for it, while others wait; none where nothing says it.
    pub(crate) fn facet(
        &self,
        reader: &SegmentReader,
        name: &FacetName,
    ) -> tantivy::Result<Option<Arc<Ords>>> {
        let mut facets = lock(&self.facets);
        if let Some(known) = facets.get(name) {
            return Ok(Some(Arc::clone(known)));
        }
        let column = match name {
            FacetName::Brand => reader.fast_fields().str("brand")?,
            FacetName::Category => reader.fast_fields().str("category")?,
            FacetName::Attribute(name) => reader.fast_fields().str(&attribute_column(name))?,
        };
        // Anybody may ask for any name: those that nothing has are not kept.
        let Some(column) = column else { return Ok(None) };
        let ords = Arc::new(Ords::read(column));
        facets.insert(name.clone(), Arc::clone(&ords));
        Ok(Some(ords))
    }
}

impl Ords {
    fn read(column: StrColumn) -> Self {
        let (mut ends, mut ords) = (Vec::new(), Vec::new());
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut values = Vec::new();
        let set = |doc| {
            values.clear();
            values.extend(column.ords().values_for_doc(doc).map(short));
            known.get(&values).copied().unwrap_or_else(|| {
                let number = short(ends.len());
                ords.extend_from_slice(&values);
                ends.push(short(ords.len()));
                known.insert(values.clone(), number);
                number
            })
        };
        let sets: Vec<u32> = (0..column.ords().num_docs()).map(set).collect();
        Self { sets: Sets::of(sets), column, ends, ords }
    }

    /// The values of a product, as the number of their set.
    pub(crate) fn set(&self, doc: DocId) -> usize {
        place(self.sets.get(doc).unwrap_or(u32::MAX))
    }

    /// Each set of values that products have, in the order of the numbers.
    pub(crate) fn sets(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|set| {
            let from = if set == 0 { 0 } else { place(self.ends[set - 1]) };
            &self.ords[from..place(self.ends[set])]
        })
    }
}

impl Sets {
    fn of(sets: Vec<u32>) -> Self {
        let few: Result<Box<[u16]>, _> = sets.iter().map(|set| u16::try_from(*set)).collect();
        few.map_or_else(|_| Self::Many(sets.into()), Self::Few)
    }

    fn get(&self, doc: DocId) -> Option<u32> {
        match self {
            Self::Few(sets) => sets.get(place(doc)).map(|set| (*set).into()),
            Self::Many(sets) => sets.get(place(doc)).copied(),
        }
    }
}

/// There are never more products or values in a segment than this: the last one stands for what cannot be.
fn short(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ords").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_keeps_its_set_however_many_there_are() {
        for sets in [vec![0, 3, 65_535], vec![7, 65_536, u32::MAX - 1], vec![]] {
            let kept = Sets::of(sets.clone());
            assert!((0..).zip(&sets).all(|(doc, set)| kept.get(doc) == Some(*set)), "{sets:?}");
            assert_eq!(kept.get(short(sets.len())), None);
        }
    }
}
