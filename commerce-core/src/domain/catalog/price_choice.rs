use super::{Price, PriceRefusal, PriceRequest, Variant};
use crate::domain::ids::MarketId;

impl Variant {
    /// The price that counts, if any price of the market holds: its list is for this buyer and this time, and there
    /// are as many pieces as it is for.
    ///
    /// Of several that hold, the first difference decides: the list of the higher priority, and any list before none;
    /// the list for a group; the list with dates; the price for more pieces; the lower price of a piece; the code of
    /// the list, by letter. The order in which prices stand never decides.
    pub fn price_for(&self, wanted: &PriceRequest<'_>) -> Option<&Price> {
        choose(&self.prices, wanted)
    }

    /// Every price of the market, and why each does not count; nothing for the one that does.
    pub fn prices_considered(
        &self,
        wanted: &PriceRequest<'_>,
    ) -> impl Iterator<Item = (&Price, Option<PriceRefusal>)> {
        let chosen = self.price_for(wanted);
        self.prices_in(wanted.market).map(move |price| {
            let behind = || chosen.is_none_or(|chosen| chosen != price).then_some(PriceRefusal::Behind);
            (price, price.refusal(wanted).or_else(behind))
        })
    }

    /// The prices of this market, for whomever and whenever they are.
    pub fn prices_in(&self, market: &MarketId) -> impl Iterator<Item = &Price> {
        self.prices.iter().filter(move |price| price.market == *market)
    }
}

pub(super) fn choose<'a>(prices: &'a [Price], wanted: &PriceRequest<'_>) -> Option<&'a Price> {
    let here = prices.iter().filter(|price| price.market == *wanted.market);
    here.filter(|price| price.refusal(wanted).is_none()).min_by(|one, other| one.precedence(other))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        catalog::PriceList,
        ids::{CustomerGroup, PriceListCode, Sku},
        money::{Currency, Money},
    };

    fn noon() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    fn price(minor: i64) -> Price {
        Price::new(MarketId::main(), Money::from_minor(minor, Currency::EUR))
    }

    fn list(code: &str, priority: u16) -> PriceList {
        PriceList { priority, ..PriceList::new(PriceListCode::new(code).unwrap()) }
    }

    fn vip() -> CustomerGroup {
        CustomerGroup::new("vip").unwrap()
    }

    fn from(pieces: u32) -> NonZeroU32 {
        NonZeroU32::new(pieces).unwrap()
    }

    fn mug(prices: impl IntoIterator<Item = Price>) -> Variant {
        Variant { prices: prices.into_iter().collect(), ..Variant::new(Sku::new("MUG").unwrap()) }
    }

    fn paid(mug: &Variant, group: Option<&CustomerGroup>, at: DateTime<Utc>, pieces: u64) -> Option<i64> {
        let market = MarketId::main();
        let wanted = PriceRequest { market: &market, group, at, pieces };
        let paid = mug.price_for(&wanted).map(|price| price.amount.minor());
        let considered: Vec<_> = mug.prices_considered(&wanted).filter(|(_, why)| why.is_none()).collect();
        assert_eq!(
            considered.first().map(|(price, _)| price.amount.minor()),
            paid,
            "one counts, and says so"
        );
        assert!(considered.len() <= 1);
        paid
    }

    #[test]
    fn many_pieces_are_cheaper_each_from_the_piece_on_that_the_price_names() {
        let mug = mug([price(1_000), price(900).from_pieces(from(10)), price(800).from_pieces(from(100))]);
        let each = |pieces| paid(&mug, None, noon(), pieces).unwrap();
        assert_eq!([1, 9, 10, 99, 100, 10_000].map(each), [1_000, 1_000, 900, 900, 800, 800]);
    }

    #[test]
    fn a_price_list_holds_from_its_beginning_until_its_end() {
        let summer = PriceList {
            starts_at: Some(noon()),
            ends_at: Some(noon() + TimeDelta::days(1)),
            ..list("summer", 0)
        };
        let mug = mug([price(1_000), price(700).on_list(summer)]);
        let second = TimeDelta::seconds(1);
        let at = |at| paid(&mug, None, at, 1).unwrap();
        assert_eq!([noon() - second, noon()].map(at), [1_000, 700]);
        let end = noon() + TimeDelta::days(1);
        assert_eq!([end - second, end].map(at), [700, 1_000]);
    }

    #[test]
    fn a_price_list_of_a_group_is_for_nobody_else() {
        let mug = mug([price(1_000), price(800).on_list(PriceList { group: Some(vip()), ..list("vip", 0) })]);
        let other = CustomerGroup::new("staff").unwrap();
        assert_eq!(paid(&mug, Some(&vip()), noon(), 1), Some(800));
        assert_eq!(paid(&mug, Some(&other), noon(), 1), Some(1_000));
        assert_eq!(paid(&mug, None, noon(), 1), Some(1_000));
    }

    #[test]
    fn priority_decides_first_then_the_group_then_dates_then_pieces_then_the_lower_price() {
        let chosen = |prices: [Price; 2]| paid(&mug(prices), Some(&vip()), noon(), 10).unwrap();
        let grouped = |code, priority| PriceList { group: Some(vip()), ..list(code, priority) };
        let dated = |code| PriceList { starts_at: Some(noon()), ..list(code, 0) };
        assert_eq!(chosen([price(500), price(900).on_list(list("a", 0))]), 900, "a list goes before none");
        assert_eq!(
            chosen([price(900).on_list(list("a", 2)), price(500).on_list(grouped("b", 1))]),
            900,
            "priority"
        );
        assert_eq!(
            chosen([price(900).on_list(grouped("a", 0)), price(500).on_list(dated("b"))]),
            900,
            "group"
        );
        let more = price(500).from_pieces(from(10));
        assert_eq!(
            chosen([price(900).on_list(dated("a")), more.clone().on_list(list("b", 0))]),
            900,
            "dates"
        );
        assert_eq!(chosen([more.on_list(list("a", 0)), price(400).on_list(list("b", 0))]), 500, "pieces");
        assert_eq!(
            chosen([price(900).on_list(list("a", 0)), price(500).on_list(list("b", 0))]),
            500,
            "price"
        );
    }

    #[test]
    fn prices_for_different_numbers_of_pieces_are_compared_by_the_piece() {
        let ten = Price { unit_quantity: from(10), ..price(900) };
        let mug = mug([price(100).on_list(list("a", 0)), ten.on_list(list("b", 0))]);
        assert_eq!(paid(&mug, None, noon(), 1), Some(900), "90 cents each are less than 100");
    }

    #[test]
    fn without_a_price_that_holds_there_is_none() {
        let mug = mug([price(1_000).from_pieces(from(6))]);
        assert_eq!(paid(&mug, None, noon(), 5), None);
        assert_eq!(paid(&mug, None, noon(), 6), Some(1_000));
    }

    prop_compose! {
        fn any_price()(
            minor in 1_i64..4, unit in 1_u32..3, from_quantity in 1_u32..3, listed in any::<bool>(),
            code in 0_u8..3, priority in 0_u16..2, grouped in any::<bool>(), dated in any::<bool>(),
        ) -> Price {
            let list = PriceList {
                group: grouped.then(vip),
                starts_at: dated.then(noon),
                ..list(&code.to_string(), priority)
            };
            let (unit_quantity, from_quantity) = (from(unit), from(from_quantity));
            Price { unit_quantity, from_quantity, list: listed.then_some(list), ..price(minor) }
        }
    }

    proptest! {
        #[test]
        fn the_order_in_which_prices_stand_never_decides(
            prices in prop::collection::vec(any_price(), 1..8),
            turn in 0_usize..8,
            pieces in 1_u64..3,
            grouped in any::<bool>(),
        ) {
            let (market, group) = (MarketId::main(), vip());
            let group = grouped.then_some(&group);
            let wanted = PriceRequest { market: &market, group, at: noon(), pieces };
            let mut distinct = prices;
            distinct.sort_by_key(|price| (price.list_code().cloned(), price.from_quantity));
            distinct.dedup_by_key(|price| (price.list_code().cloned(), price.from_quantity));
            let mut turned = distinct.clone();
            turned.rotate_left(turn % distinct.len());
            turned.reverse();
            prop_assert_eq!(choose(&distinct, &wanted), choose(&turned, &wanted));
        }
    }
}
