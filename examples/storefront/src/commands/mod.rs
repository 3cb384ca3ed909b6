mod audit;
mod backup;
mod bank;
mod migrate;
mod shop;

pub(crate) use audit::Audit;
pub(crate) use backup::Backup;
pub(crate) use bank::OpenBank;
pub(crate) use migrate::Migrate;
pub(crate) use shop::OpenShop;

use std::{env, error::Error, future::Future, io, process::ExitCode};

use clap::Args;
use storefront::database::Database;
use tokio::signal::unix::{SignalKind, signal};

/// How a command ends.
type Done = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Where a shop is kept.
#[derive(Args)]
struct Kept {
    /// Where the shop is kept: sqlite://FILE, postgres://USER:PASSWORD@HOST/DATABASE, or memory. Unless given, it is
    /// where DATABASE_URL says, or else in sqlite://storefront.db. A URL with a password in it is better given by the
    /// environment.
    #[arg(long, env = "STOREFRONT_DATABASE", hide_env_values = true)]
    database: Option<Database>,
}

impl Kept {
    fn database(self) -> Result<Database, Box<dyn Error + Send + Sync>> {
        match (self.database, env::var("DATABASE_URL")) {
            (Some(given), _) => Ok(given),
            (None, Ok(url)) => url.parse().map_err(|unknown| format!("in DATABASE_URL: {unknown}").into()),
            (None, Err(_)) => Ok(Database::Sqlite("storefront.db".into())),
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
