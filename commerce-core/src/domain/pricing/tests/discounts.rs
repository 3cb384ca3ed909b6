use super::*;

#[test]
fn lines_come_before_the_order_and_each_works_on_what_is_left() {
    let half_of_all = promotion(1, Benefit::Percent(dec!(50)), Target::Order);
    let two_off = promotion(2, Benefit::Fixed(euro(200)), Target::all_lines());
    let tenth = promotion(3, Benefit::Percent(dec!(10)), Target::all_lines());
    let quote = quote(&european(), vec![line(1, euro(1_000), 1)], &[tenth, half_of_all, two_off]);
    let amounts: Vec<_> = quote.explanation.iter().take(3).map(|it| it.outcome.clone()).collect();
    assert_eq!(amounts, [200, 80, 360].map(|cents| Outcome::Applied { amount: euro(cents) }));
    assert_eq!((quote.goods, quote.discount, quote.total), (euro(1_000), euro(640), euro(360)));
}

#[test]
fn a_fixed_discount_on_a_line_is_for_every_piece_of_it() {
    let lines = vec![line(1, euro(1_000), 3), line(2, euro(1_000), 1)];
    let off = promotion(1, Benefit::Fixed(euro(150)), Target::skus(vec![sku(1), sku(9), sku(1)]));
    assert_eq!(totals(&quote(&european(), lines, &[off])), [2_550, 1_000]);
}

#[test]
fn a_discount_never_takes_more_than_there_is() {
    let lines = || vec![line(1, euro(300), 2), line(2, euro(1_000), 1)];
    let most = Benefit::Fixed(Money::from_minor(i64::MAX, Currency::EUR));
    let on_a_line = promotion(1, most.clone(), Target::skus(vec![sku(1)]));
    let on_the_order = promotion(2, most, Target::Order);
    assert_eq!(totals(&quote(&european(), lines(), std::slice::from_ref(&on_a_line))), [0, 1_000]);
    let free = quote(&european(), lines(), &[on_a_line, on_the_order]);
    assert_eq!(totals(&free), [0, 0]);
    assert_eq!((free.discount, free.total), (euro(1_600), euro(0)));
}

#[test]
fn a_promotion_that_was_never_checked_cannot_raise_a_price() {
    for benefit in [Benefit::Percent(dec!(-10)), Benefit::Fixed(euro(-100)), Benefit::Percent(dec!(0.001))] {
        let quote = quote(&european(), vec![line(1, euro(100), 1)], &[promotion(1, benefit, Target::Order)]);
        assert_eq!(quote.total, euro(100));
        assert_eq!(quote.explanation[0].outcome, Outcome::NotApplied(NotApplied::NothingLeft));
    }
}

#[test]
fn a_discount_on_the_order_is_shared_to_the_cent() {
    let lines = (1..=3).map(|n| line(n, euro(100), 1)).collect();
    let one_off = promotion(1, Benefit::Fixed(euro(100)), Target::Order);
    assert_eq!(totals(&quote(&european(), lines, &[one_off])), [66, 67, 67]);
}

#[test]
fn a_coupon_that_changes_nothing_says_why() {
    let code = CouponCode::new("spring").unwrap();
    let good = promotion(1, Benefit::Percent(dec!(10)), Target::Order).with_code(code.clone());
    let why = |promotions: &[Promotion]| {
        let lines = vec![line(1, euro(1_000), 1)];
        let quote = quote_with(&european(), lines, promotions, Some(&code));
        match (quote.coupon, quote.explanation[0].outcome.clone()) {
            (CouponOutcome::Refused { code: refused, why }, Outcome::NotApplied(explained)) => {
                assert_eq!((&refused, &why), (&code, &explained));
                Some(why)
            }
            (CouponOutcome::Applied { .. }, Outcome::Applied { .. }) => None,
            other => panic!("{other:?}"),
        }
    };
    let when = |conditions| Promotion { conditions, ..good.clone() };
    let minimum = |minimum| when(Conditions { minimum: Some(minimum), ..Conditions::default() });
    assert_eq!(why(std::slice::from_ref(&good)), None);
    assert_eq!(why(&[minimum(euro(1_000))]), None);
    assert_eq!(why(&[]), Some(NotApplied::UnknownCode));
    assert_eq!(
        why(&[Promotion { status: PromotionStatus::Paused, ..good.clone() }]),
        Some(NotApplied::Paused)
    );
    let later = now() + TimeDelta::seconds(1);
    assert_eq!(
        why(&[Promotion { starts_at: Some(later), ..good.clone() }]),
        Some(NotApplied::NotYet { starts_at: later })
    );
    assert_eq!(why(&[Promotion { starts_at: Some(now()), ends_at: Some(later), ..good.clone() }]), None);
    assert_eq!(
        why(&[Promotion { ends_at: Some(now()), ..good.clone() }]),
        Some(NotApplied::Over { ended_at: now() })
    );
    assert_eq!(
        why(&[minimum(euro(1_001))]),
        Some(NotApplied::BelowMinimum { minimum: euro(1_001), goods: euro(1_000) })
    );
    let group = Some(CustomerGroup::new("club").unwrap());
    assert_eq!(why(&[when(Conditions { group, ..Conditions::default() })]), Some(NotApplied::OtherGroup));
    assert_eq!(why(&[minimum(Money::from_minor(1, Currency::USD))]), Some(NotApplied::OtherCurrency));
    assert_eq!(
        why(&[Promotion { target: Target::skus(vec![sku(2)]), ..good.clone() }]),
        Some(NotApplied::NoSuchLines)
    );
}

#[test]
fn a_coupon_on_goods_that_are_free_already_is_not_used_up() {
    let code = CouponCode::new("spring").unwrap();
    let free = promotion(1, Benefit::Percent(dec!(100)), Target::all_lines());
    let spring = promotion(2, Benefit::Fixed(euro(100)), Target::Order).with_code(code.clone());
    let spring = Promotion { limit: Some(1), ..spring };
    let quote = quote_with(&european(), vec![line(1, euro(50), 1)], &[free, spring], Some(&code));
    assert_eq!(quote.coupon, CouponOutcome::Refused { code, why: NotApplied::NothingLeft });
    assert_eq!(quote.uses, []);
}

#[test]
fn a_code_that_was_not_typed_in_is_not_tried() {
    let code = |text| CouponCode::new(text).unwrap();
    let ten = |n, text| promotion(n, Benefit::Percent(dec!(10)), Target::Order).with_code(code(text));
    let promotions = [ten(1, "spring"), ten(2, "autumn")];
    let lines = || vec![line(1, euro(1_000), 1)];
    let without = quote(&european(), lines(), &promotions);
    assert_eq!(
        (without.total, without.coupon, without.explanation.len()),
        (euro(1_000), CouponOutcome::None, 1)
    );
    let with = quote_with(&european(), lines(), &promotions, Some(&code("Autumn")));
    assert_eq!(with.total, euro(900));
    assert_eq!(with.coupon, CouponOutcome::Applied { promotion: promotions[1].id });
}

#[test]
fn only_a_limited_promotion_that_applies_is_used_up() {
    let tenth = |n| promotion(n, Benefit::Percent(dec!(10)), Target::Order);
    let promotions = [
        tenth(1),
        Promotion { limit: Some(100), ..tenth(2) },
        Promotion { limit_per_customer: Some(1), ..tenth(3) },
        Promotion { limit: Some(100), status: PromotionStatus::Paused, ..tenth(4) },
    ];
    let uses = quote(&european(), vec![line(1, euro(1_000), 1)], &promotions).uses;
    let expected = [(1, Some(100), None), (2, None, Some(1))].map(|(place, limit, limit_per_customer)| {
        LimitedUse { promotion: promotions[place].id, limit, limit_per_customer, code: None, nth_order: None }
    });
    assert_eq!(uses, expected);
}

#[test]
fn the_same_promotion_twice_counts_once() {
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    assert_eq!(quote(&european(), vec![line(1, euro(100), 1)], &[tenth.clone(), tenth]).total, euro(90));
}
