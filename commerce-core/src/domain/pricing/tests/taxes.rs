use super::*;

#[test]
fn tax_is_added_to_prices_without_it() {
    // Rounded by line it is 2.09 + 0.95, rounded once it is 3.04 too.
    for settings in [BY_LINE, BY_TOTAL] {
        let quote = shipped(&buyer(Currency::EUR, PriceMode::TaxAdded), 1099, 500, dec!(19), settings);
        assert_eq!(tax_and_total(&quote), ["3.04 EUR", "19.03 EUR"]);
        assert_eq!(quote.net, euro(1599));
    }
}

#[test]
fn prices_with_tax_contain_it() {
    // Rounded by line it is 1.75 + 0.80, rounded once it is 2.55 too.
    for settings in [BY_LINE, BY_TOTAL] {
        let quote = shipped(&european(), 1099, 500, dec!(19), settings);
        assert_eq!(tax_and_total(&quote), ["2.55 EUR", "15.99 EUR"]);
        assert_eq!(quote.net, euro(1344));
    }
}

#[test]
fn yen_have_no_digits_and_dinars_three() {
    for settings in [BY_LINE, BY_TOTAL] {
        let yen = shipped(&buyer(Currency::JPY, PriceMode::TaxAdded), 1099, 500, dec!(10), settings);
        assert_eq!(tax_and_total(&yen), ["160 JPY", "1759 JPY"]);
        let dinar = shipped(&buyer(Currency::KWD, PriceMode::TaxAdded), 10_990, 5_000, dec!(19), settings);
        assert_eq!(tax_and_total(&dinar), ["3.038 KWD", "19.028 KWD"]);
    }
}

#[test]
fn where_tax_is_rounded_can_make_a_cent() {
    let context = buyer(Currency::EUR, PriceMode::TaxAdded);
    let taxes = |settings| {
        let lines = (1..=3).map(|n| line(n, euro(13), 1)).collect();
        let order = price_goods(&context, lines, &[], None).unwrap().with_shipping(None).unwrap();
        let quote = order.with_tax(settings, &rates(3, dec!(19))).unwrap();
        assert!(quote.adds_up());
        (quote.tax, quote.lines.iter().map(|line| line.tax.minor()).collect::<Vec<_>>())
    };
    assert_eq!(taxes(BY_LINE), (euro(6), vec![2, 2, 2]));
    assert_eq!(taxes(BY_TOTAL), (euro(7), vec![3, 2, 2]), "the cent over goes to the first line id");
}

#[test]
fn each_rate_is_rounded_by_itself() {
    let context = buyer(Currency::EUR, PriceMode::TaxAdded);
    let lines = (1..=4).map(|n| line(n, euro(13), 1)).collect();
    let order = price_goods(&context, lines, &[], None).unwrap().with_shipping(None).unwrap();
    let lines = [dec!(19), dec!(7), dec!(19.0), dec!(7)].map(rate).to_vec();
    let quote = order.with_tax(BY_TOTAL, &TaxRates { lines, shipping: None }).unwrap();
    let taxes: Vec<_> = quote.explanation.iter().map(|it| it.outcome.clone()).collect();
    assert_eq!(taxes, [2, 5].map(|cents| Outcome::Applied { amount: euro(cents) }), "1.82 and 4.94 cents");
    assert!(quote.adds_up());
}

#[test]
fn half_a_cent_of_tax_follows_the_settings() {
    let context = buyer(Currency::EUR, PriceMode::TaxAdded);
    let tax = |rounding| shipped(&context, 50, 0, dec!(5), TaxSettings { rounding, ..BY_LINE }).tax;
    assert_eq!(tax(Rounding::HalfUp), euro(3));
    assert_eq!(tax(Rounding::HalfEven), euro(2));
}
