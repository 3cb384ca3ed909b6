//! Shops for tests, each in a database of its own, and the runtime they live in.

#![allow(dead_code, reason = "no file of tests needs all of it")]

use std::{future::Future, sync::OnceLock, thread};

use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
use commerce_testservers::{Database, Postgres};
use tokio::runtime::Runtime;

/// The runtime of all tests of a process: what a store does goes on in it.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// Runs a future to its end.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    runtime().block_on(future)
}

/// The database of a shop that has nothing yet. Tables are made once for each process, then copied.
pub(crate) fn shop() -> Database {
    static TEMPLATE: OnceLock<Database> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let template = Postgres::shared().database();
        // Whoever asks first may be in the runtime already, where nobody may block.
        let migrated = || run(migrate(&template.url(), &PostgresOptions::default()));
        thread::scope(|scope| scope.spawn(migrated).join()).unwrap().unwrap();
        template
    });
    Postgres::shared().database_like(template)
}

/// A store on this shop, as another process would open it.
pub(crate) async fn open(database: &Database) -> PostgresStore {
    PostgresStore::connect(&database.url(), PostgresOptions::default()).await.unwrap()
}
