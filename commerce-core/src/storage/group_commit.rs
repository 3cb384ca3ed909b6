use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_channel::oneshot;

use super::{Answers, Batch, ChangeSet, Receipt, Records, SaveError, StoreError, Transactional};
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
/// timer. Where so many wait that they fill a transaction, it does not wait for the one before it. The work runs in a
/// task of its own: a caller that goes away cancels nothing, and its change set still takes effect. Beyond
/// [`GroupCommit::WAITING`] waiting change sets the answer is [`StoreError::Unavailable`] at once.
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
    /// Drains under way.
    drains: usize,
}

struct Waiting {
    changes: Arc<ChangeSet>,
    caller: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// Those whose change sets go out together, in the order they came.
type Group = Vec<Waiting>;

/// The most change sets in one transaction.
const BATCH: usize = 512;
/// The most transactions at once: while one is written, the next full one is already on its way.
const DRAINS: usize = 2;
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
            queue.waiting.push_back(Waiting { changes: Arc::new(changes), caller });
            queue.starts()
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
            let Some(group) = self.lock().take() else {
                shift.ended = true;
                return;
            };
            self.settle(group).await;
        }
    }

    /// Commits a group with versions taken over; what that cannot decide is judged with everything loaded, and what
    /// even then is stale or damaged, in halves.
    async fn settle(&self, group: Group) {
        let undecided = self.attempt(group, Records::MayBeAssumed).await;
        let mut groups = vec![undecided];
        while let Some(group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            let mut stale = self.attempt(group, Records::MustBeLoaded).await;
            if stale.len() > 1 {
                let later = stale.split_off(stale.len() / 2);
                groups.extend([later, stale]);
            } else if let Some(one) = stale.pop() {
                one.answer(Err(StoreError::Conflict { record: "a record of the change set".into() }));
            }
        }
    }

    /// One transaction. Answers everybody it can, and gives back the others in their order: a damaged row is the trouble
    /// of those who asked for it, and of nobody who came along at the same time.
    async fn attempt(&self, group: Group, records: Records) -> Group {
        let changes = group.iter().map(|one| Arc::clone(&one.changes)).collect();
        match self.store.transact(Arc::new(Batch::of(changes, records))).await {
            Ok(answers) => answer(group, answers, records),
            Err(SaveError::Stale) => group,
            Err(SaveError::Store(StoreError::Corrupt { .. })) if group.len() > 1 => group,
            Err(SaveError::Store(error)) => {
                // A refusal may rest on what others of the group would have written, and they did not.
                fail(group, &error);
                Group::new()
            }
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Whether whoever came last starts a drain: the first one, or another for a batch that is full meanwhile.
    fn starts(&mut self) -> bool {
        let starts = self.drains == 0 || (self.drains < DRAINS && self.waiting.len() >= BATCH);
        self.drains += usize::from(starts);
        starts
    }

    /// What goes out next. None ends a drain: nobody waits, or so few that the other one takes them along.
    fn take(&mut self) -> Option<Group> {
        let size = self.waiting.len().min(BATCH);
        if size == 0 || (self.drains > 1 && size < BATCH) {
            self.drains -= 1;
            return None;
        }
        Some(self.waiting.drain(..size).collect())
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
            queue.drains -= 1;
            if queue.drains == 0 {
                queue.waiting.clear();
            }
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
fn answer(group: Group, answers: Answers, records: Records) -> Group {
    let mut undecided = Group::new();
    for (one, verdict) in group.into_iter().zip(answers) {
        if verdict.is_err() && records == Records::MayBeAssumed {
            undecided.push(one);
        } else {
            one.answer(verdict);
        }
    }
    undecided
}

/// Tells everybody the same.
fn fail(group: Group, error: &StoreError) {
    for one in group {
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
