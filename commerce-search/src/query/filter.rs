use std::{collections::HashSet, sync::Arc};

use commerce_core::{
    domain::ids::MarketId,
    gateway::{FacetName, Filters, SearchError, SearchQuery, StockFilter},
};
use tantivy::{DocId, SegmentReader, TantivyError};

use crate::{
    index::{NO_RATING, Ords, Segment, View},
    settings::SearchSettings,
};

/// What a buyer picked, over the columns.
#[derive(Debug, Clone)]
pub(crate) struct Accept {
    pub(crate) view: View,
    segments: Arc<[Arc<Segment>]>,
    /// Which price counts.
    pub(crate) market: usize,
    /// What was picked in groups that are counted without themselves.
    pub(crate) groups: Vec<Group>,
    prices: Option<(i64, i64)>,
    in_stock: bool,
    rating_from: Option<u32>,
    /// Products that are shown elsewhere.
    pub(crate) without: HashSet<u32>,
}

/// The values of one facet of which one has to hold.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: FacetName,
    pub(crate) values: Vec<String>,
}

/// The same for one segment.
pub(crate) struct SegmentAccept<'a> {
    accept: &'a Accept,
    pub(crate) segment: &'a Segment,
    groups: Vec<(Option<Arc<Ords>>, Vec<bool>)>,
}

impl Accept {
    /// Reads what was picked; says what is wrong with it.
    pub(crate) fn new(
        query: &SearchQuery,
        filters: &Filters,
        settings: &SearchSettings,
        view: View,
        segments: &Arc<[Arc<Segment>]>,
    ) -> Result<Self, SearchError> {
        let market = market(settings, &query.market)?;
        let currency = settings.markets[market].currency;
        let minor = |price: &Option<commerce_core::domain::money::Money>| match price {
            Some(price) if price.currency() != currency => {
                Err(SearchError::refused(format!("prices of the market {} are in {currency}", query.market)))
            }
            Some(price) => Ok(Some(price.minor())),
            None => Ok(None),
        };
        let (from, to) = (minor(&filters.price_from)?, minor(&filters.price_to)?);
        let prices =
            (from.is_some() || to.is_some()).then(|| (from.unwrap_or(i64::MIN + 1), to.unwrap_or(i64::MAX)));
        let mut groups = Vec::new();
        let mut group = |name, values: Vec<String>| {
            if !values.is_empty() {
                groups.push(Group { name, values });
            }
        };
        group(FacetName::Category, filters.categories.iter().map(ToString::to_string).collect());
        group(FacetName::Brand, filters.brands.clone());
        for (name, values) in &filters.attributes {
            group(FacetName::Attribute(name.clone()), values.clone());
        }
        Ok(Self {
            view,
            segments: Arc::clone(segments),
            market,
            groups,
            prices,
            in_stock: filters.stock == StockFilter::InStock,
            rating_from: filters.rating_from.map(u32::from),
            without: HashSet::new(),
        })
    }

    pub(crate) fn segment(&self, ord: u32, reader: &SegmentReader) -> tantivy::Result<SegmentAccept<'_>> {
        let segment = usize::try_from(ord).ok().and_then(|ord| self.segments.get(ord));
        let segment = segment
            .ok_or_else(|| TantivyError::InternalError("a segment is in no state of the index".into()))?;
        let mut groups = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            groups.push(match segment.facet(reader, &group.name)? {
                None => (None, Vec::new()),
                Some(ords) => {
                    let dictionary = ords.column.dictionary();
                    let mut allowed = vec![false; dictionary.num_terms()];
                    for value in &group.values {
                        let ord = dictionary.term_ord(value.as_bytes())?;
                        let place = ord.and_then(|ord| allowed.get_mut(usize::try_from(ord).ok()?));
                        if let Some(place) = place {
                            *place = true;
                        }
                    }
                    // A set is accepted for any of its values.
                    let allows = |ord: &u32| {
                        usize::try_from(*ord).ok().and_then(|ord| allowed.get(ord)) == Some(&true)
                    };
                    let allowed = ords.sets().map(|ords| ords.iter().any(allows)).collect();
                    (Some(ords), allowed)
                }
            });
        }
        Ok(SegmentAccept { accept: self, segment, groups })
    }

    /// Whether nothing was picked: then everything is accepted.
    pub(crate) fn is_open(&self) -> bool {
        self.groups.is_empty()
            && self.prices.is_none()
            && !self.in_stock
            && self.rating_from.is_none()
            && self.without.is_empty()
    }
}

impl SegmentAccept<'_> {
    /// Whether all that was picked holds.
    pub(crate) fn holds(&self, doc: DocId) -> bool {
        let slot = self.slot(doc);
        !self.accept.without.contains(&slot)
            && self.holds_always(slot)
            && self.price_holds(slot)
            && (0..self.groups.len()).all(|group| self.group_holds(group, doc))
    }

    /// Whether all holds that narrows every count.
    pub(crate) fn holds_always(&self, slot: u32) -> bool {
        let Accept { view, in_stock, rating_from, .. } = self.accept;
        let rated = |from: u32| (from..u32::from(NO_RATING)).contains(&view.rating(slot));
        (!in_stock || view.stock(slot) > 0) && rating_from.is_none_or(rated)
    }

    pub(crate) fn price_holds(&self, slot: u32) -> bool {
        self.accept.prices.is_none_or(|(from, to)| {
            let price = self.accept.view.price(slot, self.accept.market);
            price.is_some_and(|price| (from..=to).contains(&price))
        })
    }

    pub(crate) fn group_holds(&self, group: usize, doc: DocId) -> bool {
        let (ords, allowed) = &self.groups[group];
        ords.as_ref().is_some_and(|ords| allowed.get(ords.set(doc)) == Some(&true))
    }

    pub(crate) fn slot(&self, doc: DocId) -> u32 {
        self.segment.slot(doc)
    }
}

/// The number of a market in the index.
pub(crate) fn market(settings: &SearchSettings, id: &MarketId) -> Result<usize, SearchError> {
    let found = settings.markets.iter().position(|market| market.id == *id);
    found.ok_or_else(|| SearchError::refused(format!("the index has no prices of the market {id}")))
}
