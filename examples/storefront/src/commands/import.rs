use std::{
    fs::File,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use commerce_kit::{
    domain::{ids::LocationId, money::Currency},
    import::{Import, News},
    memory::TestGateway,
};
use storefront::{bank::Bank, demo};

use super::{Done, Kept};

/// Takes products over from a file in the format that Shopify exports, and prints each row that it refuses.
///
/// The same file may be taken over again. Ends with 0 when every row was taken, with 1 when some were refused.
#[derive(Args)]
pub(crate) struct ImportProducts {
    /// The file.
    file: PathBuf,
    #[command(flatten)]
    kept: Kept,
    /// What its prices are in; the shop sells in one currency and converts nothing.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
    /// Where the units lie.
    #[arg(long, default_value = "main")]
    location: LocationId,
}

impl ImportProducts {
    /// How many products there are between two words on how far it is.
    const STEP: u64 = 1_000;

    pub(crate) async fn run(self) -> Done {
        let market = demo::market();
        if self.currency != market.currency {
            let (sells, asked) = (market.currency, self.currency);
            return Err(format!("the shop sells in {sells}: prices in {asked} cannot be taken over").into());
        }
        let file = File::open(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
        // Nobody pays here: the bank is asked nothing.
        let bank: Arc<dyn Bank> = Arc::new(TestGateway::new());
        let shop = demo::open(&self.kept.database()?, &bank, Arc::new(demo::log())).await?;
        let (mut out, mut told) = (io::stdout(), Ok(()));
        let mut products = 0;
        let tell = |news: News<'_>| match news {
            News::Refused(row) if told.is_ok() => told = writeln!(out, "{row}"),
            News::Progress(tally) => {
                products += 1;
                if products % Self::STEP == 0 {
                    tracing::info!(rows = tally.rows, refused = tally.refused, products, "so far");
                }
            }
            _ => {}
        };
        let import = Import::new(market.id, market.currency, self.location);
        let tally = import.run(&shop, file, tell).await?;
        told?;
        writeln!(
            out,
            "{} rows: {} products new, {} changed, {} as before; {} rows refused",
            tally.rows, tally.added, tally.changed, tally.unchanged, tally.refused
        )?;
        Ok(ExitCode::from(u8::from(tally.refused > 0)))
    }
}
