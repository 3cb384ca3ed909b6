use super::*;

fn pieces(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// Buy so many of all goods, get so many for nothing.
fn deal(buy: u32, get: u32) -> BuyGet {
    BuyGet::free(pieces(buy), pieces(get))
}

fn on_lines(deal: BuyGet) -> Promotion {
    promotion(1, Benefit::BuyGet(deal), Target::all_lines())
}

/// What each line costs with this one promotion.
fn totals_with(lines: Vec<GoodsLine>, promotion: Promotion) -> Vec<i64> {
    assert_eq!(promotion.check(), Ok(()));
    totals(&quote(&european(), lines, &[promotion]))
}

fn why_not(quote: &Quote) -> NotApplied {
    match quote.explanation[0].outcome.clone() {
        Outcome::NotApplied(why) => why,
        applied @ Outcome::Applied { .. } => panic!("{applied:?}"),
    }
}

#[test]
fn three_for_two_gives_the_cheapest_of_every_three() {
    let three_for_two = || on_lines(deal(2, 1));
    assert_eq!(totals_with(vec![line(1, euro(1_000), 2)], three_for_two()), [2_000]);
    assert_eq!(totals_with(vec![line(1, euro(1_000), 3)], three_for_two()), [2_000]);
    assert_eq!(totals_with(vec![line(1, euro(1_000), 7)], three_for_two()), [5_000]);
    let mixed = vec![line(1, euro(900), 2), line(2, euro(500), 3), line(3, euro(700), 1)];
    assert_eq!(totals_with(mixed, three_for_two()), [1_800, 500, 700], "two of six, both at 5.00");
}

#[test]
fn of_pieces_that_cost_the_same_the_first_line_gets_cheaper() {
    let twins = || vec![line(2, euro(100), 1), line(1, euro(100), 1)];
    assert_eq!(totals_with(twins(), on_lines(deal(1, 1))), [100, 0], "by line id, wherever it stands");
}

#[test]
fn a_deal_may_be_by_halves_and_only_so_often() {
    let half = BuyGet { percent: dec!(50), times: Some(pieces(1)), ..deal(1, 1) };
    assert_eq!(
        totals_with(vec![line(1, euro(333), 4)], on_lines(half)),
        [1_165],
        "166.5 cents off one piece"
    );
}

#[test]
fn a_lid_is_cheaper_for_those_who_buy_the_pan() {
    let of = Selection { skus: vec![sku(1)], ..Selection::ALL };
    let lid = || BuyGet { percent: dec!(50), of: Some(of.clone()), ..deal(1, 1) };
    let to_lids = |deal| promotion(1, Benefit::BuyGet(deal), Target::skus(vec![sku(2), sku(1)]));
    let pans_and_lids = |pans, lids| vec![line(1, euro(5_000), pans), line(2, euro(1_000), lids)];
    assert_eq!(totals_with(pans_and_lids(1, 3), to_lids(lid())), [5_000, 2_500]);
    assert_eq!(totals_with(pans_and_lids(3, 1), to_lids(lid())), [15_000, 500]);
    let no_lids = quote(&european(), vec![line(1, euro(5_000), 2)], &[to_lids(lid())]);
    assert_eq!(why_not(&no_lids), NotApplied::NoSet, "a pan is no lid");
    let no_pans = quote(&european(), vec![line(2, euro(1_000), 2)], &[to_lids(lid())]);
    assert_eq!(why_not(&no_pans), NotApplied::NoSuchLines);
}

#[test]
fn what_gets_cheaper_is_what_others_have_left_of_it() {
    let promotions = [
        promotion(1, Benefit::Fixed(euro(400)), Target::all_lines()),
        promotion(2, Benefit::BuyGet(deal(1, 1)), Target::all_lines()),
    ];
    assert_eq!(totals(&quote(&european(), vec![line(1, euro(1_000), 2)], &promotions)), [600]);
}

fn spoon() -> Benefit {
    Benefit::Gift { sku: sku(9), quantity: Quantity::new(2).unwrap() }
}

/// A buyer whom spoons can be given to.
fn with_spoons(spoons: Product) -> PricingContext {
    PricingContext { gifts: vec![line_of(spoons, 1).listing], ..european() }
}

#[test]
fn a_gift_is_a_line_that_costs_nothing() {
    let context = with_spoons(product(9, euro(250)));
    let gift = promotion(1, spoon(), Target::Order);
    let tenth = promotion(2, Benefit::Percent(dec!(10)), Target::Order);
    let minimum = Conditions { minimum: Some(euro(1_200)), ..Conditions::default() };
    let large = Promotion { conditions: minimum, ..promotion(3, Benefit::Percent(dec!(10)), Target::Order) };
    let quote = quote(&context, vec![line(1, euro(1_000), 1)], &[gift, tenth, large]);
    assert_eq!(totals(&quote), [900, 0]);
    assert_eq!((quote.lines[1].sku.clone(), quote.lines[1].quantity.get()), (sku(9), 2));
    assert_eq!((quote.goods, quote.discount), (euro(1_500), euro(600)), "what is given is worth something");
    let outcomes: Vec<_> = quote.explanation.iter().take(3).map(|it| it.outcome.clone()).collect();
    let below = NotApplied::BelowMinimum { minimum: euro(1_200), goods: euro(1_000) };
    assert_eq!(
        outcomes,
        [
            Outcome::Applied { amount: euro(100) },
            Outcome::NotApplied(below),
            Outcome::Applied { amount: euro(500) }
        ],
        "the gift is no part of the goods"
    );
}

#[test]
fn a_gift_that_cannot_be_had_changes_nothing() {
    let gift = || [promotion(1, spoon(), Target::Order)];
    let lines = || vec![line(1, euro(1_000), 1)];
    let draft = Product { status: ProductStatus::Draft, ..product(9, euro(250)) };
    let dollars = product(9, Money::from_minor(250, Currency::USD));
    for context in [european(), with_spoons(draft), with_spoons(dollars)] {
        let quote = quote(&context, lines(), &gift());
        assert_eq!(why_not(&quote), NotApplied::GiftGone { sku: sku(9) });
        assert_eq!((quote.lines.len(), quote.total), (1, euro(1_000)));
    }
}

#[test]
fn shipping_is_free_or_cheaper_by_the_cap() {
    let ship = |price: i64, cap: Option<i64>| {
        let free = promotion(1, Benefit::FreeShipping, Target::Order);
        let free = Promotion { cap: cap.map(euro), limit: Some(10), ..free };
        let goods = price_goods(&european(), vec![line(1, euro(1_000), 1)], &shared(&[free]), None);
        finished(goods.unwrap(), Some(euro(price)))
    };
    let free = ship(490, None);
    assert_eq!((free.total, free.uses.len()), (euro(1_000), 1));
    let shipping = free.shipping.unwrap();
    assert_eq!((shipping.price, shipping.discount, shipping.total), (euro(490), Some(euro(490)), euro(0)));
    let cheaper = ship(1_290, Some(490));
    assert_eq!((cheaper.total, cheaper.shipping.unwrap().tax), (euro(1_800), euro(128)));
    let was_free = ship(0, None);
    assert_eq!((why_not(&was_free), was_free.uses), (NotApplied::NothingLeft, vec![]));
}

#[test]
fn a_code_for_free_shipping_does_nothing_where_shipping_is_free() {
    let code = CouponCode::new("ship").unwrap();
    let free = promotion(1, Benefit::FreeShipping, Target::Order).with_code(code.clone());
    let goods = || {
        price_goods(
            &european(),
            vec![line(1, euro(1_000), 1)],
            &shared(std::slice::from_ref(&free)),
            Some(&code),
        )
        .unwrap()
    };
    let applied = finished(goods(), Some(euro(490))).coupon;
    assert_eq!(applied, CouponOutcome::Applied { promotion: free.id });
    let refused = CouponOutcome::Refused { code: code.clone(), why: NotApplied::NothingLeft };
    assert_eq!(finished(goods(), None).coupon, refused);
    assert_eq!(finished(goods(), Some(euro(0))).coupon, refused);
}
