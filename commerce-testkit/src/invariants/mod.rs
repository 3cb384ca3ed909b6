//! What must hold in every shop at all times, as a function over a read-only view.
//!
//! Use it in tests, after a crash, after a load test, or as a nightly reconciliation of a live shop.

mod counters;
mod events;
mod money;
mod orders;
mod stock;
mod view;

pub use view::View;

pub(crate) use money::own_books;

use std::fmt;

use commerce_core::{memory::BookEntry, storage::Store, storage::StoreError};

/// When the shop is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// In the middle of things: only what must hold after every single effect.
    Anytime,
    /// At rest: every saga has ended, every event is delivered. Then nothing may be left over either.
    AtRest,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule, such as `S1`.
    pub rule: &'static str,
    /// Where and how.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// Checks every rule against the whole store, and against the gateway's own books where they are given.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use commerce_testkit::{
///     invariants::{Moment, check},
///     shop::TestShop,
/// };
///
/// let shop = TestShop::new();
/// shop.sells("MUG", "12.90", 5).await;
/// let cart = shop.cart_with(&[("MUG", 1)]).await;
/// shop.buy(cart, "ok").await;
/// let violations = check(&*shop.store, Some(&shop.gateway.books()), Moment::Anytime).await.unwrap();
/// assert_eq!(violations, []);
/// # }
/// ```
///
/// A shop that has [forgotten](commerce_core::service::Retention) what was long over is as good as one that remembers.
///
/// Reads the store page by page, so nobody may write meanwhile, unless the store sees one moment, as a snapshot of
/// `commerce-sqlite` or `commerce-postgres` does. What others write between two pages looks like a violation.
///
/// # Errors
/// As the store fails to read.
pub async fn check(
    store: &dyn Store,
    books: Option<&[BookEntry]>,
    moment: Moment,
) -> Result<Vec<Violation>, StoreError> {
    let view = View::read(store, books).await?;
    let mut found = Findings::default();
    stock::check(&view, moment, &mut found);
    money::check(&view, moment, &mut found);
    orders::check(&view, moment, &mut found);
    counters::check(&view, moment, &mut found);
    events::check(&view, moment, &mut found);
    found.0.sort();
    Ok(found.0)
}

/// The violations found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Violation>);

impl Findings {
    /// Notes a violation unless the rule holds.
    pub(crate) fn expect(&mut self, rule: &'static str, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Violation { rule, what: what() });
        }
    }
}
