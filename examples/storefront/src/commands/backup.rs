use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use super::{Done, ShopFile};

/// Copies a shop to a file that is not there yet, also while it is open.
#[derive(Args)]
pub(crate) struct Backup {
    /// The file to make.
    file: PathBuf,
    #[command(flatten)]
    shop: ShopFile,
}

impl Backup {
    pub(crate) fn run(self) -> Done {
        commerce_kit::sqlite::backup(self.shop.path()?, &self.file)?;
        writeln!(io::stdout().lock(), "{} is a copy of the shop", self.file.display())?;
        Ok(ExitCode::SUCCESS)
    }
}
