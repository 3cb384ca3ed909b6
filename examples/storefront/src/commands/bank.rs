use std::{
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use commerce_kit::memory::TestGateway;
use storefront::{bank, server};
use tokio::net::TcpListener;

use super::{Done, asked_to_stop};

/// Opens the toy bank in a process of its own, for shops with --bank: it remembers while they restart.
#[derive(Args)]
pub(crate) struct OpenBank {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
}

impl OpenBank {
    pub(crate) async fn run(self) -> Done {
        let stop = asked_to_stop()?;
        let listener = TcpListener::bind(self.listen).await?;
        writeln!(io::stdout().lock(), "The bank is open at http://{}", listener.local_addr()?)?;
        server::serve(listener, bank::router(Arc::new(TestGateway::new())), stop).await;
        Ok(ExitCode::SUCCESS)
    }
}
