use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;

use super::{Done, Kept};

/// Makes the tables of a shop, or brings them up to date. A file is made if it is not there.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    kept: Kept,
}

impl Migrate {
    pub(crate) async fn run(self) -> Done {
        self.kept.database()?.migrate().await?;
        writeln!(io::stdout().lock(), "the shop is up to date")?;
        Ok(ExitCode::SUCCESS)
    }
}
