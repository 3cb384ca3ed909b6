use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use commerce_kit::memory::TestGateway;
use storefront::{
    App,
    admin::AdminToken,
    bank::{Bank, RemoteBank},
    demo, server,
};
use tokio::net::TcpListener;

use super::{Done, Kept, asked_to_stop};

#[derive(Args)]
pub(crate) struct OpenShop {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    #[command(flatten)]
    kept: Kept,
    /// Where the bank is, http://HOST:PORT. Without one the shop has a toy of its own, which forgets everything when it
    /// stops.
    #[arg(long, env = "STOREFRONT_BANK")]
    bank: Option<RemoteBank>,
    /// The folder of the search index, made if it is not there. Unless given, it is beside the SQLite file, or else one that
    /// is gone with the process. Processes that share a folder share an index: the first one writes it.
    #[arg(long, env = "STOREFRONT_SEARCH")]
    search: Option<PathBuf>,
    /// The secret of the shop's people; one is drawn and shown once when there is none. Better given by the
    /// environment than as an option, which other users of the machine can read.
    #[arg(long, env = "STOREFRONT_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
}

impl OpenShop {
    pub(crate) async fn run(self) -> Done {
        let given = self.admin_token.as_deref().map(AdminToken::new).transpose()?;
        let drawn = given.is_none().then(AdminToken::random);
        let admin = given.or(drawn.clone()).ok_or("there is neither a given nor a drawn token")?;

        let stop = asked_to_stop()?;
        let listener = TcpListener::bind(self.listen).await?;
        let bank: Arc<dyn Bank> = match self.bank {
            Some(remote) => Arc::new(remote),
            None => Arc::new(TestGateway::new()),
        };
        let database = self.kept.database()?;
        let folder = self.search.or_else(|| database.index_folder());
        let log = Arc::new(demo::log());
        let (shop, search) = demo::open_with_search(&database, folder, &bank, log).await?;
        if let Err(error) = welcome(listener.local_addr()?, drawn.as_ref()) {
            tracing::warn!(%error, "nobody was welcomed");
        }
        server::run(listener, App { shop, search, bank, admin }, stop).await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Says once where the shop is, and how to look at it.
fn welcome(address: SocketAddr, drawn: Option<&AdminToken>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Harbour & Pine is open at http://{address}/api/v1")?;
    writeln!(out, "look around:  curl 'http://{address}/api/v1/products?limit=3'")?;
    writeln!(out, "find things:  curl 'http://{address}/api/v1/search?q=cofee'")?;
    if let Some(token) = drawn {
        writeln!(out, "admin token:  {}", token.reveal())?;
    }
    out.flush()
}
