use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;

use storefront::database::Database;

use super::Done;

/// Makes the tables of a shop, or brings them up to date. A file is made if it is not there.
#[derive(Args)]
pub(crate) struct Migrate {
    /// Where the shop is kept: sqlite://FILE, or postgres://USER@HOST/DATABASE.
    #[arg(
        long,
        env = "STOREFRONT_DATABASE",
        hide_env_values = true,
        default_value = "sqlite://storefront.db"
    )]
    database: Database,
}

impl Migrate {
    pub(crate) async fn run(self) -> Done {
        self.database.migrate().await?;
        writeln!(io::stdout().lock(), "the shop is up to date")?;
        Ok(ExitCode::SUCCESS)
    }
}
