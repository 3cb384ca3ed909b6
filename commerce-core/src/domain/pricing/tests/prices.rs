use super::*;
use crate::domain::{
    catalog::{PriceList, PriceRefusal},
    ids::PriceListCode,
};

fn pieces(pieces: u32) -> NonZeroU32 {
    NonZeroU32::new(pieces).unwrap()
}

fn at_here(minor: i64) -> Price {
    Price::new(MarketId::new("here").unwrap(), euro(minor))
}

/// A thing for 10 euros; 9 from ten pieces on; 8 for friends.
fn thing() -> Product {
    let friends = CustomerGroup::new("friends").unwrap();
    let list = PriceList { group: Some(friends), ..PriceList::new(PriceListCode::new("friends").unwrap()) };
    let mut thing = product(1, euro(1_000));
    thing.variants[0].prices.push(at_here(900).from_pieces(pieces(10)));
    thing.variants[0].prices.push(at_here(800).on_list(list));
    thing
}

fn at_floor(minor: i64, floor: i64) -> Product {
    let mut thing = product(1, euro(minor));
    thing.variants[0].prices[0].floor = Some(euro(floor));
    thing
}

#[test]
fn a_friend_pays_what_the_list_of_friends_says() {
    let friend = PricingContext { group: CustomerGroup::new("friends").ok(), ..european() };
    assert_eq!(quote(&european(), vec![line_of(thing(), 1)], &[]).goods, euro(1_000));
    assert_eq!(quote(&friend, vec![line_of(thing(), 1)], &[]).goods, euro(800));
}

#[test]
fn pieces_in_two_lines_are_as_many_as_in_one() {
    let other_line = |mut line: GoodsLine| {
        line.id = LineId::from_uuid(Uuid::from_u128(99));
        line
    };
    let cost = |ours, theirs| {
        let lines = vec![line_of(thing(), ours), other_line(line_of(thing(), theirs))];
        quote(&european(), lines, &[]).goods
    };
    assert_eq!(cost(4, 5), euro(9_000));
    assert_eq!(cost(4, 6), euro(9_000), "ten pieces are 9 euros each");
    assert_eq!(cost(6, 4), cost(4, 6));
}

#[test]
fn a_quote_says_which_price_counts_and_why_the_others_do_not() {
    let quote = quote(&european(), vec![line_of(thing(), 3)], &[]);
    assert_eq!(quote.lines[0].unit_price.amount, euro(1_000));
    let outcomes: Vec<&Outcome> = quote
        .explanation
        .iter()
        .filter(|entry| matches!(entry.rule, Rule::Price { .. }))
        .map(|entry| &entry.outcome)
        .collect();
    let refused = |why| Outcome::NotApplied(NotApplied::Price(why));
    let expected = [
        Outcome::Applied { amount: euro(1_000) },
        refused(PriceRefusal::TooFewPieces { from: pieces(10) }),
        refused(PriceRefusal::OtherGroup),
    ];
    assert_eq!(outcomes, expected.iter().collect::<Vec<_>>());
    let json = serde_json::to_string(&quote).unwrap();
    assert_eq!(serde_json::from_str::<Quote>(&json).unwrap(), quote);
}

#[test]
fn what_has_a_price_only_for_many_is_not_sold_one_by_one() {
    let mut crates = product(1, euro(1_000));
    crates.variants[0].prices[0].from_quantity = pieces(6);
    let price = |pieces| price_goods(&european(), vec![line_of(crates.clone(), pieces)], &[], None);
    assert!(matches!(price(5), Err(PricingProblem::NoPrice { .. })));
    assert!(price(6).is_ok());
}

#[test]
fn no_discount_takes_a_piece_below_its_floor() {
    let half = |target| promotion(1, Benefit::Percent(dec!(50)), target);
    let each = Target::Lines(Selection::ALL);
    let left = |target| {
        let quote = quote(
            &european(),
            vec![line_of(at_floor(1_000, 700), 2), line(2, euro(1_000), 1)],
            &[half(target)],
        );
        [&quote.lines[0], &quote.lines[1]].map(|line| line.total.minor())
    };
    assert_eq!(left(each), [1_400, 500], "30 percent is all that the floor leaves");
    let [floored, free] = left(Target::Order);
    assert_eq!(
        (floored + free, floored >= 1_400),
        (1_500, true),
        "half of the order, and none of it from the floor"
    );
}

#[test]
fn what_is_at_its_floor_has_nothing_left_to_take_off() {
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let quote = quote(&european(), vec![line_of(at_floor(1_000, 1_000), 3)], &[tenth]);
    assert_eq!(quote.discount, euro(0));
    assert_eq!(quote.explanation[0].outcome, Outcome::NotApplied(NotApplied::NothingLeft));
}

#[test]
fn a_floor_is_for_as_many_pieces_as_its_price() {
    let mut screws = at_floor(400, 300);
    screws.variants[0].prices[0].unit_quantity = pieces(100);
    let half = promotion(1, Benefit::Percent(dec!(50)), Target::Order);
    assert_eq!(quote(&european(), vec![line_of(screws, 50)], &[half]).total, euro(150));
}

#[test]
fn the_cheapest_pieces_are_those_of_the_price_that_counts() {
    let mut other = product(2, euro(950));
    other.variants[0].sku = sku(2);
    let free = BuyGet::free(pieces(10), pieces(1));
    let deal = promotion(1, Benefit::BuyGet(free), Target::Lines(Selection::ALL));
    let quote = quote(&european(), vec![line_of(thing(), 10), line_of(other, 1)], &[deal]);
    assert_eq!(totals(&quote), [8_100, 950], "ten things are 9 euros each, less than the other one");
}

#[test]
fn a_gift_has_no_floor() {
    let gift = Benefit::Gift { sku: sku(1), quantity: Quantity::ONE };
    let listing = line_of(at_floor(1_000, 900), 1).listing;
    let context = PricingContext { gifts: vec![listing], ..european() };
    let quote = quote(&context, vec![line(2, euro(500), 1)], &[promotion(1, gift, Target::Order)]);
    assert_eq!((totals(&quote), quote.replay()), (vec![500, 0], Ok(euro(500))));
}
