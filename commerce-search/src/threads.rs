use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, TrySendError},
    },
    thread,
};

use futures_channel::oneshot;

/// Threads that search and write, so that no executor waits for them. They end when nobody can ask them any more.
pub(crate) struct Threads {
    jobs: mpsc::SyncSender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// Too many wait already.
    Full,
    /// It panicked, or the threads are gone.
    Lost,
}

impl Threads {
    /// So many threads, for which at most `waiting` jobs may wait.
    pub(crate) fn start(count: usize, waiting: usize) -> io::Result<Self> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(waiting);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..count.max(1) {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name("search".into()).spawn(move || work(&queue))?;
        }
        Ok(Self { jobs })
    }

    /// Does the job on the next thread that is free, and waits for what comes of it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move || drop(sender.send(job())));
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => NotDone::Full,
            TrySendError::Disconnected(_) => NotDone::Lost,
        })?;
        answer.await.map_err(|_| NotDone::Lost)
    }
}

fn work(queue: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever waits for a job that panics is told that it is lost; the thread goes on.
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").finish_non_exhaustive()
    }
}
