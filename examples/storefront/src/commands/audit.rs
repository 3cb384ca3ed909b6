use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;
use commerce_testkit::invariants::{Moment, check};
use storefront::bank::RemoteBank;

use super::{Done, Kept};

/// Checks everything that must hold in a shop, also while it is open, and prints each violation.
///
/// Ends with 0 when all holds, with 1 when something does not, and with 2 when it could not look.
#[derive(Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    kept: Kept,
    /// Compare with the books of the bank at http://HOST:PORT as well.
    #[arg(long, env = "STOREFRONT_BANK")]
    bank: Option<RemoteBank>,
    /// Expect a shop at rest: nobody buys, every checkout has ended, every event is delivered, and nothing is left
    /// over.
    #[arg(long)]
    at_rest: bool,
}

impl Audit {
    pub(crate) async fn run(self) -> Done {
        let shop = self.kept.database()?.snapshot().await?;
        let books = match &self.bank {
            Some(bank) => Some(bank.books().await?),
            None => None,
        };
        let moment = if self.at_rest { Moment::AtRest } else { Moment::Anytime };
        let violations = check(&*shop, books.as_deref(), moment).await?;
        let mut out = io::stdout().lock();
        for violation in &violations {
            writeln!(out, "{violation}")?;
        }
        if violations.is_empty() {
            writeln!(out, "all holds")?;
        }
        Ok(ExitCode::from(u8::from(!violations.is_empty())))
    }
}
