use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;

use super::{Done, ShopFile};

/// Makes the tables of a shop in this file, or brings them up to date. The file is made if it is not there.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    shop: ShopFile,
}

impl Migrate {
    pub(crate) fn run(self) -> Done {
        let path = self.shop.path()?;
        commerce_kit::sqlite::migrate(path)?;
        writeln!(io::stdout().lock(), "{} is up to date", path.display())?;
        Ok(ExitCode::SUCCESS)
    }
}
