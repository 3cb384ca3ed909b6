use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_channel::oneshot;

use super::{ChangeSet, Keys, Receipt, Records, SaveError, StoreError, Transactional, apply::apply};
use crate::environment::Spawner;

/// Commits the change sets of concurrent callers in one transaction, each with an answer of its own.
///
/// ```
/// use std::sync::Arc;
///
/// use commerce_core::{
///     environment::TokioSpawner,
///     storage::{ChangeSet, GroupCommit, Receipt, StoreError, Transactional},
/// };
///
/// /// A store over a database of one's own; its readers are left out here.
/// struct MyStore<T>(GroupCommit<T>);
///
/// impl<T: Transactional> MyStore<T> {
///     fn new(database: T) -> Self {
///         Self(GroupCommit::new(database, Arc::new(TokioSpawner)))
///     }
///
///     /// What `Store::commit` hands its change set to.
///     async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
///         self.0.commit(changes).await
///     }
/// }
/// ```
///
/// Change sets that arrive while a transaction is under way go out together in the next one, judged in the order they
/// came: a hot row is locked and written once for all of them, and one that is refused harms no other. There is no
/// timer. The work runs in a task of its own: a caller that goes away cancels nothing, and its change set still takes
/// effect. Beyond [`GroupCommit::WAITING`] waiting change sets the answer is [`StoreError::Unavailable`] at once.
pub struct GroupCommit<T> {
    shared: Arc<Shared<T>>,
    spawner: Arc<dyn Spawner>,
}

struct Shared<T> {
    store: T,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    draining: bool,
}

struct Waiting {
    changes: ChangeSet,
    caller: oneshot::Sender<Result<Receipt, StoreError>>,
}

type Batch = Vec<Waiting>;

/// The most change sets in one transaction.
const BATCH: usize = 512;
/// How often the task steps aside before it takes a batch, so that those just answered can send again.
const YIELDS: u32 = 3;

impl<T: Transactional> GroupCommit<T> {
    /// The most change sets that may wait.
    pub const WAITING: usize = 16_384;

    /// Commits to this store, in tasks of this spawner.
    pub fn new(store: T, spawner: Arc<dyn Spawner>) -> Self {
        let queue = Mutex::default();
        Self { shared: Arc::new(Shared { store, queue }), spawner }
    }

    /// The store, to read from.
    pub fn store(&self) -> &T {
        &self.shared.store
    }

    /// What [`Store::commit`](super::Store::commit) promises.
    ///
    /// # Errors
    /// As the guards and the store decide; [`StoreError::Unavailable`] when too many are waiting.
    pub async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let (caller, answer) = oneshot::channel();
        let starts = {
            let mut queue = self.shared.lock();
            if queue.waiting.len() >= Self::WAITING {
                let retry_after = Some(Duration::from_millis(50));
                return Err(StoreError::Unavailable {
                    retry_after,
                    source: "too many change sets wait".into(),
                });
            }
            queue.waiting.push_back(Waiting { changes, caller });
            !std::mem::replace(&mut queue.draining, true)
        };
        if starts {
            let shared = Arc::clone(&self.shared);
            self.spawner.spawn(Box::pin(async move { shared.drain().await }));
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the task that commits has died")))
    }
}

impl<T: Transactional> Shared<T> {
    async fn drain(&self) {
        let mut shift = Shift { shared: self, ended: false };
        loop {
            for _ in 0..YIELDS {
                // Whoever fills a batch is not kept waiting: those just answered send again while it is written.
                if self.lock().waiting.len() >= BATCH {
                    break;
                }
                step_aside().await;
            }
            let batch: Batch = {
                let mut queue = self.lock();
                let size = queue.waiting.len().min(BATCH);
                queue.draining = size > 0;
                queue.waiting.drain(..size).collect()
            };
            if batch.is_empty() {
                shift.ended = true;
                return;
            }
            self.settle(batch).await;
        }
    }

    /// Commits a batch with versions taken over; what that cannot decide is judged with everything loaded, and what
    /// even then is stale or damaged, in halves.
    async fn settle(&self, batch: Batch) {
        let undecided = self.attempt(batch, Records::MayBeAssumed).await;
        let mut batches = vec![undecided];
        while let Some(batch) = batches.pop() {
            if batch.is_empty() {
                continue;
            }
            let mut stale = self.attempt(batch, Records::MustBeLoaded).await;
            if stale.len() > 1 {
                let later = stale.split_off(stale.len() / 2);
                batches.extend([later, stale]);
            } else if let Some(one) = stale.pop() {
                one.answer(Err(StoreError::Conflict { record: "a record of the change set".into() }));
            }
        }
    }

    /// One transaction. Answers everybody it can, and gives back the others in their order: a damaged row is the trouble
    /// of those who asked for it, and of nobody who came along at the same time.
    async fn attempt(&self, batch: Batch, records: Records) -> Batch {
        let keys = Keys { records, ..Keys::of(batch.iter().map(|one| &one.changes)) };
        let (tx, mut rows) = match self.store.begin(&keys).await {
            Ok(begun) => begun,
            Err(StoreError::Corrupt { .. }) if batch.len() > 1 => return batch,
            Err(error) => {
                fail(batch, &error);
                return Batch::new();
            }
        };
        let verdicts: Vec<_> = batch.iter().map(|one| apply(&mut rows, &one.changes)).collect();
        match self.store.save(tx, &rows).await {
            Ok(()) => answer(batch, verdicts, records),
            Err(SaveError::Stale) => batch,
            Err(SaveError::Store(StoreError::Corrupt { .. })) if batch.len() > 1 => batch,
            Err(SaveError::Store(error)) => {
                // A refusal may rest on what others of the batch would have written, and they did not.
                fail(batch, &error);
                Batch::new()
            }
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A drain under way. One that dies with its task, or in a panic, leaves nobody waiting for ever: those who wait learn
/// that nothing is known, and the next caller starts anew.
struct Shift<'a, T> {
    shared: &'a Shared<T>,
    ended: bool,
}

impl<T> Drop for Shift<'_, T> {
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.shared.lock();
            queue.draining = false;
            queue.waiting.clear();
        }
    }
}

impl Waiting {
    fn answer(self, verdict: Result<Receipt, StoreError>) {
        // A caller that went away does not want to know.
        drop(self.caller.send(verdict));
    }
}

/// Answers each caller. While versions were only assumed, a "no" proves nothing: the truth may be a conflict.
fn answer(batch: Batch, verdicts: Vec<Result<Receipt, StoreError>>, records: Records) -> Batch {
    let mut undecided = Batch::new();
    for (one, verdict) in batch.into_iter().zip(verdicts) {
        if verdict.is_err() && records == Records::MayBeAssumed {
            undecided.push(one);
        } else {
            one.answer(verdict);
        }
    }
    undecided
}

/// Tells everybody the same.
fn fail(batch: Batch, error: &StoreError) {
    for one in batch {
        one.answer(Err(error.shared()));
    }
}

/// Lets other tasks run once.
async fn step_aside() {
    let mut stepped = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<T: fmt::Debug> fmt::Debug for GroupCommit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupCommit").field("store", &self.shared.store).finish_non_exhaustive()
    }
}
