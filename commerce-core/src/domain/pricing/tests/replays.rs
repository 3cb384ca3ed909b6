use super::*;

fn sold() -> Quote {
    let promotions = [
        promotion(1, Benefit::Percent(dec!(33.3)), Target::skus(vec![sku(2)])),
        promotion(2, Benefit::BuyGet(BuyGet::free(NonZeroU32::MIN, NonZeroU32::MIN)), Target::all_lines()),
        Promotion { cap: Some(euro(99)), ..promotion(3, Benefit::Percent(dec!(50)), Target::Order) },
        promotion(4, Benefit::Gift { sku: sku(9), quantity: Quantity::ONE }, Target::Order),
        Promotion { cap: Some(euro(100)), ..promotion(5, Benefit::FreeShipping, Target::Order) },
    ];
    let gifts = vec![line(9, euro(777), 1).listing];
    let context = PricingContext { gifts, ..buyer(Currency::EUR, PriceMode::TaxAdded) };
    let lines = vec![line(2, euro(333), 3), line(1, euro(1_000), 2)];
    let goods = price_goods(&context, lines, &shared(&promotions), None).unwrap();
    let quote = finished(goods, Some(euro(490)));
    assert!(quote.explanation.iter().all(|entry| matches!(entry.outcome, Outcome::Applied { .. })));
    quote
}

#[test]
fn the_total_is_computed_once_more_from_what_is_stored() {
    let quote = sold();
    let stored = serde_json::to_string(&quote).unwrap();
    let loaded: Quote = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded.replay(), Ok(quote.total));
}

#[test]
fn a_replay_reads_no_amount_that_was_computed() {
    let mut quote = sold();
    let total = quote.total;
    let wrong = euro(12_345);
    for line in &mut quote.lines {
        (line.goods, line.discount, line.net, line.tax, line.total) = (wrong, wrong, wrong, wrong, wrong);
    }
    for entry in &mut quote.explanation {
        entry.outcome = Outcome::Applied { amount: wrong };
    }
    (quote.goods, quote.discount, quote.net, quote.tax, quote.total) = (wrong, wrong, wrong, wrong, wrong);
    assert_eq!(quote.replay(), Ok(total));
}

#[test]
fn a_replay_notices_what_was_tampered_with() {
    let changed = |change: fn(&mut Quote)| {
        let mut quote = sold();
        change(&mut quote);
        quote.replay() != Ok(quote.total)
    };
    assert!(changed(|quote| quote.total = euro(1)));
    assert!(changed(|quote| quote.lines[0].unit_price.amount = euro(334)));
    assert!(changed(|quote| quote.lines[0].quantity = Quantity::ONE));
    assert!(changed(|quote| quote.lines[0].tax_rate.percent = dec!(7)));
    assert!(changed(|quote| drop(quote.explanation.remove(0))));
    assert!(changed(|quote| quote.explanation[4].working = Some(Working::Shipping { most: None })));
    assert!(changed(|quote| quote.mode = PriceMode::TaxIncluded));
}

#[test]
fn a_working_may_name_a_line_that_is_not_there() {
    let mut quote = sold();
    let off = Off::Percent(dec!(33.3));
    quote.explanation[0].working = Some(Working::EachLine { off, lines: Some(vec![7]), most: None });
    assert!(quote.replay().is_ok_and(|total| total != quote.total));
}

#[test]
fn a_quote_that_does_not_say_how_cannot_be_replayed() {
    let mut quote = sold();
    quote.explanation[0].working = None;
    let promotion = PromotionId::from_uuid(Uuid::from_u128(1));
    assert_eq!(quote.replay(), Err(ReplayProblem::NoWorking { promotion }));
    quote.tax_settings = None;
    assert_eq!(quote.replay(), Err(ReplayProblem::NoTaxSettings));
}
