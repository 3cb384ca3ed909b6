//! A small executor of its own: one thread, tasks in the order they were woken or in one that a seed draws, time only
//! when nothing else is left.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use chrono::{DateTime, Utc};
use commerce_core::environment::{Clock, Spawner, Work};
use futures_channel::oneshot;

use crate::{dice::Dice, environment::ManualClock};

/// Runs the tasks of several processes on one thread, in virtual time. A process can be killed: its tasks are dropped
/// wherever they are.
#[derive(Clone)]
pub struct Stage {
    clock: ManualClock,
    inner: Arc<Shared>,
}

/// Names a process on a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process(pub u32);

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Tells the stage that something came back from outside.
    woken: Condvar,
}

#[derive(Default)]
struct Inner {
    tasks: BTreeMap<u64, (Process, Work)>,
    ready: VecDeque<u64>,
    /// Draws who of those that are ready comes next; none for the one that was woken first.
    dice: Option<Dice>,
    /// How many futures wait for a thread that is not this one.
    abroad: usize,
    dead: BTreeSet<Process>,
    frozen: BTreeMap<Process, DateTime<Utc>>,
    held: Vec<u64>,
    drawn: u64,
}

struct Wakeup {
    task: u64,
    inner: Arc<Shared>,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        lock(&self.inner).ready.push_back(self.task);
        self.inner.woken.notify_one();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn next(&mut self) -> Option<u64> {
        let Some(dice) = self.dice.as_mut().filter(|_| self.ready.len() > 1) else {
            return self.ready.pop_front();
        };
        let end = u32::try_from(self.ready.len()).unwrap_or(u32::MAX);
        self.ready.swap_remove_back(usize::try_from(dice.below(end)).unwrap_or_default())
    }
}

impl Stage {
    /// What is on its way between processes: nobody kills it, and it never stands still.
    pub const WIRE: Process = Process(u32::MAX);

    /// An empty stage with this clock.
    pub fn new(clock: ManualClock) -> Self {
        Self { clock, inner: Arc::default() }
    }

    /// An empty stage with this clock; of those that are ready at the same time, the seed draws who comes next.
    pub fn shuffled(clock: ManualClock, seed: u64) -> Self {
        let stage = Self::new(clock);
        lock(&stage.inner).dice = Some(Dice::new(seed));
        stage
    }

    /// Runs a future that other threads wake, to its end, whatever becomes of the process that asked for it. While it
    /// runs, time stands still.
    pub fn abroad<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (reply, answer) = oneshot::channel();
        let abroad = Abroad { stage: self.clone(), future: Box::pin(future), waits: false };
        self.spawner(Self::WIRE).spawn(Box::pin(async move { drop(reply.send(abroad.await)) }));
        answer
    }

    /// What a process spawns its tasks with.
    pub fn spawner(&self, process: Process) -> StageSpawner {
        StageSpawner { stage: self.clone(), process }
    }

    /// Drops every task of a process, as `kill -9` does. Nothing it spawns later runs.
    pub fn kill(&self, process: Process) {
        let mut inner = lock(&self.inner);
        inner.dead.insert(process);
        let (gone, left) =
            std::mem::take(&mut inner.tasks).into_iter().partition(|(_, (of, _))| *of == process);
        inner.tasks = left;
        drop(inner);
        drop::<BTreeMap<_, _>>(gone);
    }

    /// Stops a process until then, timers and all, as a virtual machine that is moved does.
    pub fn freeze(&self, process: Process, until: DateTime<Utc>) {
        lock(&self.inner).frozen.insert(process, until);
    }

    /// Whether a process was killed.
    pub fn is_dead(&self, process: Process) -> bool {
        lock(&self.inner).dead.contains(&process)
    }

    /// Runs until `main` is ready; moves the time on whenever everybody sleeps. `None` when everybody waits and nobody
    /// sleeps, or when the time would pass `until`.
    pub fn run<T>(&self, until: DateTime<Utc>, main: impl Future<Output = T>) -> Option<T> {
        const MAIN: u64 = 0;
        let mut main = pin!(main);
        lock(&self.inner).ready.push_back(MAIN);
        loop {
            let Some(task) = self.next() else {
                let thaw = lock(&self.inner).frozen.values().min().copied();
                let next = [self.clock.next_sleeper(), thaw].into_iter().flatten().min();
                self.clock.advance_to(next.filter(|at| *at <= until)?);
                self.thaw();
                continue;
            };
            if task != MAIN {
                self.poll(task);
            } else if let Poll::Ready(value) = main.as_mut().poll(&mut Context::from_waker(&self.waker(MAIN)))
            {
                return Some(value);
            }
        }
    }

    /// Lets time pass up to this moment.
    pub fn run_until(&self, until: DateTime<Utc>) {
        let clock = self.clock.clone();
        let pause = (until - clock.now()).to_std().unwrap_or_default();
        self.run(until, async move { clock.sleep(pause).await });
    }

    /// The next task to poll; none when everybody waits for the time.
    fn next(&self) -> Option<u64> {
        let mut inner = lock(&self.inner);
        loop {
            match inner.next() {
                None if inner.abroad > 0 => {
                    inner = self.inner.woken.wait(inner).unwrap_or_else(PoisonError::into_inner);
                }
                next => return next,
            }
        }
    }

    fn thaw(&self) {
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        inner.frozen.retain(|_, until| *until > now);
        let held = std::mem::take(&mut inner.held);
        inner.ready.extend(held);
    }

    fn poll(&self, task: u64) {
        let mut inner = lock(&self.inner);
        let Some((process, _)) = inner.tasks.get(&task) else { return };
        if inner.frozen.contains_key(process) {
            inner.held.push(task);
            return;
        }
        let taken = inner.tasks.remove(&task);
        drop(inner);
        let Some((process, mut work)) = taken else { return };
        let pending = work.as_mut().poll(&mut Context::from_waker(&self.waker(task))).is_pending();
        let mut inner = lock(&self.inner);
        if pending && !inner.dead.contains(&process) {
            inner.tasks.insert(task, (process, work));
        } else {
            drop(inner);
            drop(work);
        }
    }

    fn waker(&self, task: u64) -> Waker {
        Arc::new(Wakeup { task, inner: Arc::clone(&self.inner) }).into()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage({} tasks, {:?})", lock(&self.inner).tasks.len(), self.clock)
    }
}

/// A future that another thread wakes; see [`Stage::abroad`].
struct Abroad<F> {
    stage: Stage,
    future: Pin<Box<F>>,
    waits: bool,
}

impl<F> Abroad<F> {
    fn note(&mut self, waits: bool) {
        if std::mem::replace(&mut self.waits, waits) != waits {
            let abroad = &mut lock(&self.stage.inner).abroad;
            *abroad = if waits { *abroad + 1 } else { abroad.saturating_sub(1) };
        }
    }
}

impl<F: Future> Future for Abroad<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.future.as_mut().poll(cx);
        self.note(polled.is_pending());
        polled
    }
}

impl<F> Drop for Abroad<F> {
    fn drop(&mut self) {
        self.note(false);
    }
}

/// Spawns the tasks of one process.
#[derive(Debug, Clone)]
pub struct StageSpawner {
    stage: Stage,
    process: Process,
}

impl Spawner for StageSpawner {
    fn spawn(&self, work: Work) {
        let mut inner = lock(&self.stage.inner);
        if inner.dead.contains(&self.process) {
            return;
        }
        inner.drawn += 1;
        let task = inner.drawn;
        inner.tasks.insert(task, (self.process, work));
        inner.ready.push_back(task);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicBool, time::Duration};

    use super::*;

    #[test]
    fn time_passes_only_when_everybody_sleeps_and_the_dead_do_nothing() {
        let clock = ManualClock::default();
        let (stage, start) = (Stage::new(clock.clone()), clock.now());
        let done = Arc::new(AtomicBool::new(false));
        for process in [Process(1), Process(2)] {
            let (clock, done) = (clock.clone(), Arc::clone(&done));
            stage.spawner(process).spawn(Box::pin(async move {
                clock.sleep(Duration::from_secs(process.0.into())).await;
                assert_eq!(process, Process(1), "the dead woke up");
                done.store(true, std::sync::atomic::Ordering::Relaxed);
            }));
        }
        stage.kill(Process(2));
        stage.run_until(start + Duration::from_secs(5));
        assert!(done.load(std::sync::atomic::Ordering::Relaxed));
        assert_eq!(clock.now(), start + Duration::from_secs(5));
    }
}
