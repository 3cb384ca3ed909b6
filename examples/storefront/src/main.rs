//! Opens Harbour & Pine: `cargo run -p storefront`.

use std::{
    error::Error,
    io::{self, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use clap::Parser;
use commerce_kit::memory::TestGateway;
use storefront::{App, admin::AdminToken, database::Database, demo, server};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// A reference shop on commerce-kit, with a demo catalogue. The bank is a toy: it forgets everything when it stops.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where the shop is kept: sqlite://FILE, made if it is not there, postgres://USER:PASSWORD@HOST/DATABASE, or
    /// memory. A URL with a password in it is better given by the environment.
    #[arg(
        long,
        env = "STOREFRONT_DATABASE",
        hide_env_values = true,
        default_value = "sqlite://storefront.db"
    )]
    database: Database,
    /// The secret of the shop's people; one is drawn and shown once when there is none. Better given by the
    /// environment than as an option, which other users of the machine can read.
    #[arg(long, env = "STOREFRONT_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// What to log to standard error: a level, or levels by target such as `warn,storefront=debug`.
    #[arg(long, env = "STOREFRONT_LOG", default_value = "info")]
    log: Targets,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = Options::parse();
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    tracing_subscriber::registry().with(log).with(options.log).init();

    let given = options.admin_token.as_deref().map(AdminToken::new).transpose()?;
    let drawn = given.is_none().then(AdminToken::random);
    let admin = given.or(drawn.clone()).ok_or("there is neither a given nor a drawn token")?;

    let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = TcpListener::bind(options.listen).await?;
    let bank = Arc::new(TestGateway::new());
    let shop = demo::open(&options.database, &bank).await?;
    if let Err(error) = welcome(listener.local_addr()?, drawn.as_ref()) {
        tracing::warn!(%error, "nobody was welcomed");
    }
    server::run(listener, App { shop, bank, admin }, either(interrupt, terminate)).await;
    Ok(())
}

/// Says once where the shop is, and how to look at it.
fn welcome(address: SocketAddr, drawn: Option<&AdminToken>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Harbour & Pine is open at http://{address}/api/v1")?;
    writeln!(out, "look around:  curl 'http://{address}/api/v1/products?limit=3'")?;
    if let Some(token) = drawn {
        writeln!(out, "admin token:  {}", token.reveal())?;
    }
    out.flush()
}

async fn either(mut interrupt: Signal, mut terminate: Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("closing");
}
