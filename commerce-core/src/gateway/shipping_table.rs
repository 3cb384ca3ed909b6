use std::num::NonZeroU32;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    GatewayError, ShippingQuery, ShippingRates,
    parcels::{Parcels, pack},
};
use crate::domain::{
    customer::Zone,
    ids::TaxCategory,
    money::{Currency, Money, MoneyError},
    pricing::{Shippable, ShippingRate},
};

/// Ways to ship by zone, weight and value; the one to take when the buyer names none comes first.
///
/// ```
/// use std::num::NonZeroU32;
///
/// use commerce_core::{
///     domain::{customer::Zone, ids::TaxCategory, money::{Currency, Money}},
///     gateway::{ShippingMethod, ShippingTable, ShippingZone, Tariff, WeightStep},
/// };
///
/// let euro = |cents| Money::from_minor(cents, Currency::EUR);
/// let step = |up_to_grams, cents| WeightStep { up_to_grams, price: euro(cents) };
/// let steps = vec![step(2_000, 490), step(31_500, 990)];
/// let germany = Zone::of(["DE".parse()?]);
/// let table = ShippingTable(vec![ShippingMethod {
///     name: "parcel".into(),
///     tax_category: TaxCategory::standard(),
///     zones: vec![ShippingZone {
///         zone: germany,
///         tariff: Tariff::ByWeight { steps, parcels: NonZeroU32::MIN.saturating_add(4) },
///         free_from: Some(euro(7_500)),
///     }],
/// }]);
/// # assert_eq!(table.0.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingTable(pub Vec<ShippingMethod>);

/// One way to ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingMethod {
    /// Its name, as the buyer reads it; different from that of every other.
    pub name: String,
    /// What shipping is to the tax office.
    pub tax_category: TaxCategory,
    /// Where it goes: the first zone with the address in it and a price for these goods counts. As long as there is no
    /// address, the first one that is no mere part of a country.
    pub zones: Vec<ShippingZone>,
}

/// What a way to ship costs in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingZone {
    /// Where.
    pub zone: Zone,
    /// The price.
    pub tariff: Tariff,
    /// From which value of the goods after discounts on it costs nothing, where it can be had at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
}

/// How the price of shipping is found. An amount in another currency than the goods is as good as none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tariff {
    /// The same for everything.
    Flat(Money),
    /// By what the goods cost after discounts: the highest step they reach counts.
    ByGoods(Vec<GoodsStep>),
    /// By weight, parcel by parcel: of each the lightest step that bears it counts, and no parcel is heavier than the
    /// heaviest step. Pieces are packed heaviest first, each into the first parcel that has room for it.
    ByWeight {
        /// The steps.
        steps: Vec<WeightStep>,
        /// The most parcels of one order.
        parcels: NonZeroU32,
    },
}

/// From a value of the goods on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodsStep {
    /// What the goods cost at least.
    pub from: Money,
    /// The price.
    pub price: Money,
}

/// Up to a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightStep {
    /// What a parcel weighs at most.
    pub up_to_grams: u64,
    /// The price of a parcel.
    pub price: Money,
}

#[async_trait]
impl ShippingRates for ShippingTable {
    async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError> {
        let mut rates = Vec::new();
        for method in &self.0 {
            if let Some(price) = method.price(query).map_err(too_much)? {
                let (name, tax_category) = (method.name.clone(), method.tax_category.clone());
                rates.push(ShippingRate { name, price, tax_category });
            }
        }
        Ok(rates)
    }
}

fn too_much(problem: MoneyError) -> GatewayError {
    GatewayError::Rejected { code: "shipping_price".into(), message: problem.to_string() }
}

impl ShippingMethod {
    fn price(&self, query: &ShippingQuery) -> Result<Option<Money>, MoneyError> {
        for zone in self.zones.iter().filter(|zone| zone.zone.contains(query.to.as_ref())) {
            if let Some(price) = zone.price(&query.goods)? {
                return Ok(Some(price));
            }
        }
        Ok(None)
    }
}

impl ShippingZone {
    fn price(&self, goods: &Shippable) -> Result<Option<Money>, MoneyError> {
        let currency = goods.goods.currency();
        let free = self.free_from.is_some_and(|least| reaches(goods.goods, least));
        let price = self.tariff.price(goods, currency)?;
        Ok(if free { price.map(|_| Money::zero(currency)) } else { price })
    }
}

impl Tariff {
    fn price(&self, goods: &Shippable, currency: Currency) -> Result<Option<Money>, MoneyError> {
        let ours = |price: &Money| price.currency() == currency;
        match self {
            Self::Flat(price) => Ok(Some(*price).filter(ours)),
            Self::ByGoods(steps) => {
                let reached =
                    steps.iter().filter(|step| ours(&step.price) && reaches(goods.goods, step.from));
                Ok(reached.max_by_key(|step| step.from.minor()).map(|step| step.price))
            }
            Self::ByWeight { steps, parcels } => {
                let steps: Vec<&WeightStep> = steps.iter().filter(|step| ours(&step.price)).collect();
                let Some(heaviest) = steps.iter().map(|step| step.up_to_grams).max() else { return Ok(None) };
                let packed = pack(&goods.lines, heaviest);
                let few = |packed: &Vec<Parcels>| {
                    packed.iter().map(|alike| alike.count).sum::<u64>() <= u64::from(parcels.get())
                };
                packed.filter(few).map(|packed| sum(&packed, &steps, currency)).transpose()
            }
        }
    }
}

/// What the parcels cost; each has a step that bears it.
fn sum(packed: &[Parcels], steps: &[&WeightStep], currency: Currency) -> Result<Money, MoneyError> {
    let mut sum = Money::zero(currency);
    for Parcels { count, grams } in packed {
        let bears = steps.iter().filter(|step| step.up_to_grams >= *grams);
        if let Some(step) = bears.min_by_key(|step| step.up_to_grams) {
            let count = i64::try_from(*count).map_err(|_| MoneyError::Overflow)?;
            let all = step.price.minor().checked_mul(count).ok_or(MoneyError::Overflow)?;
            sum = sum.plus(Money::from_minor(all, currency))?;
        }
    }
    Ok(sum)
}

fn reaches(goods: Money, least: Money) -> bool {
    goods.currency() == least.currency() && goods.minor() >= least.minor()
}
