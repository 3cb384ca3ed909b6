use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use super::{Done, Kept};

/// Copies a shop in a file to another one that is not there yet, also while it is open.
#[derive(Args)]
pub(crate) struct Backup {
    /// The file to make.
    file: PathBuf,
    #[command(flatten)]
    kept: Kept,
}

impl Backup {
    pub(crate) fn run(self) -> Done {
        self.kept.database()?.backup(&self.file)?;
        writeln!(io::stdout().lock(), "{} is a copy of the shop", self.file.display())?;
        Ok(ExitCode::SUCCESS)
    }
}
