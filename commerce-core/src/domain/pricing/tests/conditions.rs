use super::*;

/// Why the promotion does not count for this buyer, if it does not.
fn why(context: &PricingContext, conditions: Conditions, lines: Vec<GoodsLine>) -> Option<NotApplied> {
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let tenth = Promotion { conditions, ..tenth };
    assert_eq!(tenth.check(), Ok(()));
    match quote(context, lines, &[tenth]).explanation[0].outcome.clone() {
        Outcome::NotApplied(why) => Some(why),
        Outcome::Applied { .. } => None,
    }
}

fn within(n: u128, category: &str) -> Product {
    Product { categories: vec![CategoryPath::new(category).unwrap()], ..product(n, euro(100)) }
}

fn categories(paths: &[&str]) -> Selection {
    let categories = paths.iter().map(|path| CategoryPath::new(path).unwrap()).collect();
    Selection { categories, ..Selection::ALL }
}

#[test]
fn goods_are_selected_by_sku_by_product_or_with_a_whole_category() {
    let lines = || {
        ["tea", "tea/green", "tea-pots", "tea/green/jasmine", "coffee"]
            .into_iter()
            .zip(1..)
            .map(|(category, n)| line_of(within(n, category), 1))
            .collect::<Vec<_>>()
    };
    let free_lines = |selection: Selection| -> Vec<usize> {
        let all_off = promotion(1, Benefit::Percent(dec!(100)), Target::Lines(selection));
        let totals = totals(&quote(&european(), lines(), &[all_off]));
        (1..).zip(totals).filter(|(_, total)| *total == 0).map(|(n, _)| n).collect()
    };
    assert_eq!(free_lines(Selection::ALL), [1, 2, 3, 4, 5]);
    assert_eq!(free_lines(categories(&["tea"])), [1, 2, 4], "what is in it, not what is called like it");
    assert_eq!(free_lines(categories(&["tea/green"])), [2, 4]);
    let mixed = Selection {
        skus: vec![sku(5)],
        products: vec![ProductId::from_uuid(Uuid::from_u128(3))],
        ..categories(&["tea/green/jasmine", "tea/green"])
    };
    assert_eq!(free_lines(mixed), [2, 3, 4, 5]);
    assert_eq!(free_lines(categories(&["te", "milk"])), Vec::<usize>::new());
}

#[test]
fn a_promotion_may_ask_for_some_pieces_among_the_goods() {
    let asks = |pieces| Conditions {
        contains: Some(Contains { of: categories(&["tea"]), pieces: NonZeroU32::new(pieces).unwrap() }),
        ..Conditions::default()
    };
    let lines =
        || vec![line_of(within(1, "tea"), 2), line_of(within(2, "tea/green"), 3), line(3, euro(100), 9)];
    assert_eq!(why(&european(), asks(5), lines()), None);
    let few = NotApplied::TooFewPieces { wanted: 6, pieces: 5 };
    assert_eq!(why(&european(), asks(6), lines()), Some(few));
}

#[test]
fn a_promotion_may_be_for_the_nth_order_of_a_buyer() {
    let nth = |n| Conditions { nth_order: NonZeroU32::new(n), ..Conditions::default() };
    let buyer =
        |placed, under_way| PricingContext { orders: Some(OrderCount { placed, under_way }), ..european() };
    let why = |context: &PricingContext, n| why(context, nth(n), vec![line(1, euro(1_000), 1)]);
    assert_eq!(why(&buyer(0, 0), 1), None);
    assert_eq!(why(&buyer(2, 0), 3), None);
    assert_eq!(why(&european(), 1), Some(NotApplied::BuyerUnknown));
    assert_eq!(why(&buyer(1, 0), 1), Some(NotApplied::OtherOrder { wanted: 1, this: 2 }));
    assert_eq!(why(&buyer(1, 0), 3), Some(NotApplied::OtherOrder { wanted: 3, this: 2 }));
    assert_eq!(why(&buyer(0, 1), 1), Some(NotApplied::OrderUnderWay));
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let first = Promotion { conditions: nth(1), ..tenth };
    let uses = quote(&buyer(0, 0), vec![line(1, euro(1_000), 1)], &[first]).uses;
    assert_eq!(uses.iter().map(|used| used.nth_order).collect::<Vec<_>>(), [NonZeroU32::new(1)]);
}

#[test]
fn a_promotion_that_is_used_up_says_so() {
    let code = CouponCode::new("spring").unwrap();
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order).with_code(code.clone());
    for why in [NotApplied::UsedUp, NotApplied::UsedByBuyer, NotApplied::CodeUsed { number: 7 }] {
        let context = PricingContext { exhausted: [(tenth.id, why.clone())].into(), ..european() };
        let lines = vec![line(1, euro(1_000), 1)];
        let quote = quote_with(&context, lines, std::slice::from_ref(&tenth), Some(&code));
        assert_eq!(quote.coupon, CouponOutcome::Refused { code: code.clone(), why });
        assert_eq!((quote.total, quote.uses), (euro(1_000), vec![]));
    }
}

#[test]
fn each_code_of_a_batch_is_a_code_and_what_they_begin_with_is_none() {
    let batch = CodeBatch { secret: BatchSecret::new(Uuid::from_u128(77)), count: 10 };
    let prefix = CouponCode::new("to-you").unwrap();
    let third = batch.code(&prefix, 3).unwrap();
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order).with_code(prefix.clone());
    let tenth = Promotion { batch: Some(batch), ..tenth };
    let typed = |code: &CouponCode| {
        quote_with(&european(), vec![line(1, euro(1_000), 1)], std::slice::from_ref(&tenth), Some(code))
    };
    let good = typed(&third);
    assert_eq!(good.coupon, CouponOutcome::Applied { promotion: tenth.id });
    assert_eq!(good.uses.iter().map(|used| used.code).collect::<Vec<_>>(), [Some(3)]);
    for wrong in [prefix, CouponCode::new("to-you-0003000000000000").unwrap()] {
        let why = NotApplied::UnknownCode;
        assert_eq!(typed(&wrong).coupon, CouponOutcome::Refused { code: wrong, why });
    }
}

#[test]
fn a_variant_is_sold_in_the_number_of_pieces_it_says() {
    let mut cups = product(1, euro(100));
    (cups.variants[0].min_pieces, cups.variants[0].max_pieces) = (NonZeroU32::new(6), NonZeroU32::new(12));
    let twice = |pieces: u32| {
        let other = LineId::from_uuid(Uuid::from_u128(2));
        let lines = vec![line_of(cups.clone(), pieces), GoodsLine { id: other, ..line_of(cups.clone(), 1) }];
        price_goods(&european(), lines, &[], None).map(drop)
    };
    let limit = |pieces| NonZeroU32::new(pieces).unwrap();
    assert_eq!(twice(4), Err(PricingProblem::TooFewPieces { sku: sku(1), min: limit(6) }));
    assert_eq!((twice(5), twice(11)), (Ok(()), Ok(())), "both lines count together");
    assert_eq!(twice(12), Err(PricingProblem::TooManyPieces { sku: sku(1), max: limit(12) }));
}
