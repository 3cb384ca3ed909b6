//! How the shop listens, works beside that, and stops: no new connections, then the answers under way, then the worker.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
};

use crate::{App, routes};

/// How long a client may take to send the head of a request, or to send another one.
const HEAD: Duration = Duration::from_secs(10);
/// How long answers under way may take once the shop closes.
const CLOSING: Duration = Duration::from_secs(10);
/// How many connections are open at a time; more wait in the system's queue.
const CONNECTIONS: usize = 1_024;
/// The pause after a connection could not be taken, such as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the shop and runs its worker until `stop` is ready, then finishes what is under way.
pub async fn run(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send) {
    let (quit, quitting) = oneshot::channel::<()>();
    let shop = app.shop.clone();
    let worker = tokio::spawn(async move {
        // An error says that nobody is left who could send: time to stop as well.
        shop.worker(async move { drop(quitting.await) }).await;
    });
    serve(listener, routes::router(app), stop).await;
    drop(quit);
    if let Err(error) = worker.await {
        tracing::error!(%error, "the worker died");
    }
}

/// Answers until `stop` is ready, then finishes the answers under way.
pub async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()> + Send) {
    let service = TowerToHyperService::new(routes);
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = pin!(stop);
    loop {
        let (stream, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(CLOSING, connections.shutdown()).await.is_err() {
        tracing::warn!("some answers were not finished in time");
    }
}

/// The next connection and its place; waits while all places are taken.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a permit in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
