use super::*;

fn percent(n: u128, percent: i64) -> Promotion {
    promotion(n, Benefit::Percent(Decimal::from(percent)), Target::all_lines())
}

fn grouped(promotion: Promotion, pick: Pick) -> Promotion {
    let stacking = Stacking::Group { group: StackingGroup::new("season").unwrap(), pick, cap: None };
    Promotion { stacking, ..promotion }
}

fn thousand() -> Vec<GoodsLine> {
    vec![line(1, euro(1_000), 1)]
}

/// What each promotion, by number, took off ten euro; the number of the one in its place; or another reason.
fn story(context: &PricingContext, promotions: &[Promotion]) -> Vec<(u128, String)> {
    let quote = quote(context, thousand(), promotions);
    let told = |entry: &Explanation| {
        let Rule::Promotion { promotion, .. } = &entry.rule else { return None };
        let outcome = match &entry.outcome {
            Outcome::Applied { amount } => amount.minor().to_string(),
            Outcome::NotApplied(NotApplied::Displaced { by }) => format!("see {}", by.uuid().as_u128()),
            Outcome::NotApplied(why) => format!("{why:?}"),
        };
        Some((promotion.uuid().as_u128(), outcome))
    };
    quote.explanation.iter().filter_map(told).collect()
}

fn told(story: &[(u128, &str)]) -> Vec<(u128, String)> {
    story.iter().map(|(n, outcome)| (*n, (*outcome).to_owned())).collect()
}

#[test]
fn smaller_priorities_come_first_and_kinds_keep_their_order() {
    let order = Promotion { priority: -9, target: Target::Order, ..percent(1, 50) };
    let late = Promotion { priority: 1, ..percent(2, 10) };
    let promotions = [order, late, percent(4, 20), percent(3, 50)];
    let expected = told(&[(3, "500"), (4, "100"), (2, "40"), (1, "180")]);
    assert_eq!(story(&european(), &promotions), expected);
}

#[test]
fn of_a_group_that_allows_the_first_one_counts() {
    let first = |promotion| grouped(promotion, Pick::First);
    let never = Conditions { minimum: Some(euro(9_999)), ..Conditions::default() };
    let refused = Promotion { conditions: never, ..first(percent(1, 90)) };
    let promotions = [refused, first(percent(2, 10)), first(percent(3, 50)), percent(4, 10)];
    let below = "BelowMinimum { minimum: 99.99 EUR, goods: 10.00 EUR }";
    let expected = told(&[(1, below), (2, "100"), (3, "see 2"), (4, "90")]);
    assert_eq!(story(&european(), &promotions), expected);
}

#[test]
fn of_a_group_that_allows_the_best_the_one_that_saves_most_counts() {
    let best = |promotion| grouped(promotion, Pick::Best);
    let fixed = promotion(2, Benefit::Fixed(euro(301)), Target::Order);
    let promotions = [best(percent(1, 10)), best(fixed), best(percent(3, 30)), percent(4, 50)];
    let expected = told(&[(1, "see 2"), (3, "see 2"), (4, "500"), (2, "301")]);
    assert_eq!(
        story(&european(), &promotions),
        expected,
        "they are compared when the first of them has its turn"
    );
}

#[test]
fn the_best_of_a_group_is_the_best_on_what_is_left() {
    let best = |promotion: Promotion| grouped(Promotion { target: Target::Order, ..promotion }, Pick::Best);
    let fixed = promotion(3, Benefit::Fixed(euro(300)), Target::Order);
    let promotions = [percent(1, 20), best(percent(2, 33)), best(fixed)];
    let expected = told(&[(1, "200"), (2, "see 3"), (3, "300")]);
    assert_eq!(story(&european(), &promotions), expected, "a third of eight euro is less than three");
}

#[test]
fn a_cap_is_looked_at_before_the_best_is_picked() {
    let best = |promotion| grouped(promotion, Pick::Best);
    let half = Promotion { cap: Some(euro(150)), ..best(percent(1, 50)) };
    let expected = told(&[(1, "see 2"), (2, "200")]);
    assert_eq!(story(&european(), &[half, best(percent(2, 20))]), expected);
}

#[test]
fn what_stands_alone_is_tried_first_and_counts_alone() {
    let alone = Promotion { stacking: Stacking::Alone, target: Target::Order, ..percent(9, 5) };
    let expected = told(&[(9, "50"), (1, "see 9")]);
    assert_eq!(story(&european(), &[percent(1, 50), alone.clone()]), expected);
    let paused = Promotion { status: PromotionStatus::Paused, ..alone };
    let expected = told(&[(9, "Paused"), (1, "500")]);
    assert_eq!(story(&european(), &[percent(1, 50), paused]), expected);
}

#[test]
fn a_promotion_and_a_group_take_off_no_more_than_their_caps() {
    let capped = Promotion { cap: Some(euro(120)), ..percent(1, 50) };
    let in_group = |promotion, cap| {
        let group = StackingGroup::new("season").unwrap();
        Promotion {
            stacking: Stacking::Group { group, pick: Pick::Every, cap: Some(euro(cap)) },
            ..promotion
        }
    };
    let promotions =
        [capped, in_group(percent(2, 10), 100), in_group(percent(3, 10), 100), in_group(percent(4, 10), 100)];
    let expected = told(&[(1, "120"), (2, "88"), (3, "12"), (4, "CapReached")]);
    assert_eq!(story(&european(), &promotions), expected);
}

#[test]
fn a_capped_discount_is_shared_by_what_each_line_would_have_got() {
    let half = Promotion { cap: Some(euro(100)), ..percent(1, 50) };
    let lines = vec![line(3, euro(100), 1), line(1, euro(200), 1), line(2, euro(300), 1)];
    assert_eq!(totals(&quote(&european(), lines, &[half])), [83, 167, 250], "16.7, 33.3 and 50 cents");
}

#[test]
fn all_promotions_together_keep_to_the_cap_of_the_shop() {
    let context = PricingContext { discount_cap: Some(dec!(33.33)), ..european() };
    let promotions = [percent(1, 20), percent(2, 20), percent(3, 20)];
    let expected = told(&[(1, "200"), (2, "133"), (3, "CapReached")]);
    assert_eq!(story(&context, &promotions), expected);
    let free = promotion(4, Benefit::FreeShipping, Target::Order);
    let goods = price_goods(&context, thousand(), &shared(&[percent(1, 50), free]), None).unwrap();
    assert_eq!(finished(goods, Some(euro(490))).total, euro(667), "shipping does not count");
}
