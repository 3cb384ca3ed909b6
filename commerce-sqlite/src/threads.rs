use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use commerce_core::storage::StoreError;
use futures_channel::oneshot;
use rusqlite::Connection;

use crate::error::{Failure, stopped};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Threads with a connection each. They end when nobody can ask them any more.
pub(crate) struct Threads {
    jobs: mpsc::Sender<Job>,
}

impl Threads {
    pub(crate) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for connection in connections {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name(name.into()).spawn(move || work(&waiting, connection))?;
        }
        Ok(Self { jobs })
    }

    /// Runs a job on the next thread that is free.
    pub(crate) fn post(&self, job: impl FnOnce(&mut Connection) + Send + 'static) -> Result<(), StoreError> {
        self.jobs.send(Box::new(job)).map_err(|_| stopped())
    }

    /// Reads on the next thread that is free, all statements from the same state of the database.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (reader, answer) = oneshot::channel();
        self.post(move |connection| {
            let found = in_one_state(connection, job);
            // A reader that went away does not want to know.
            drop(reader.send(found));
        })?;
        Ok(answer.await.map_err(|_| stopped())??)
    }
}

/// Reads in a transaction; in the one that is open, if the connection is a snapshot.
fn in_one_state<R>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<R, Failure>,
) -> Result<R, Failure> {
    if connection.is_autocommit() { job(&*connection.unchecked_transaction()?) } else { job(connection) }
}

fn work(waiting: &Mutex<mpsc::Receiver<Job>>, mut connection: Connection) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A job that panics has rolled back on its way out, and whoever waits for it is told that it is gone.
        drop(catch_unwind(AssertUnwindSafe(|| job(&mut connection))));
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").finish_non_exhaustive()
    }
}
