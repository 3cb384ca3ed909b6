mod audit;
mod backup;
mod bank;
mod import;
mod migrate;
mod shop;

pub(crate) use audit::Audit;
pub(crate) use backup::Backup;
pub(crate) use bank::OpenBank;
pub(crate) use import::ImportProducts;
pub(crate) use migrate::Migrate;
pub(crate) use shop::OpenShop;

use std::{error::Error, future::Future, io, path::Path, process::ExitCode};

use clap::Args;
use storefront::database::Database;
use tokio::signal::unix::{SignalKind, signal};

/// How a command ends.
type Done = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// The file of a shop.
#[derive(Args)]
struct ShopFile {
    /// Where the shop is kept: sqlite://FILE.
    #[arg(long, env = "STOREFRONT_DATABASE", default_value = "sqlite://storefront.db")]
    database: Database,
}

impl ShopFile {
    fn path(&self) -> Result<&Path, &'static str> {
        match &self.database {
            Database::Sqlite(path) => Ok(path),
            Database::Memory => Err("a shop in memory has no file: name one with --database sqlite://FILE"),
            Database::Postgres(_) => Err("a shop in PostgreSQL has no file: pg_dump copies it"),
        }
    }
}

/// Ready when somebody wants the process to end. Signals are caught from now on.
fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("closing");
    })
}
