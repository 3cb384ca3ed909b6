//! How far a price may be discounted is the shop's own business: it is taken out of what buyers see.

use commerce_kit::domain::{
    cart::{CartLine, CartWarning},
    catalog::Price,
    pricing::Quote,
};

pub(super) fn of_price(price: Price) -> Price {
    Price { floor: None, ..price }
}

pub(super) fn of_line(line: CartLine) -> CartLine {
    CartLine { seen: line.seen.map(of_price), ..line }
}

pub(super) fn of_warning(warning: CartWarning) -> CartWarning {
    match warning {
        CartWarning::PriceChanged { line, then, now } => {
            CartWarning::PriceChanged { line, then: Box::new(of_price(*then)), now: Box::new(of_price(*now)) }
        }
        other => other,
    }
}

pub(super) fn of_quote(mut quote: Quote) -> Quote {
    for line in &mut quote.lines {
        line.unit_price.floor = None;
    }
    quote
}
