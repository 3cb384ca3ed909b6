use std::sync::{Arc, atomic::AtomicBool};

use futures_channel::oneshot;

use super::{
    Answer, Context, Kind, Next, Reach, Runner, Trouble,
    save::{Commit, Saved, commit},
};
use crate::storage::{ChangeSet, Lease, Reason, Refusal, SagaRecord, SagaStatus, StoreError};

/// Who waits for the first answer of a saga.
pub(super) type Asker<K> = oneshot::Sender<Result<Answer<K>, StoreError>>;

/// One worker's way through a saga, from its claim until it rests.
pub(super) struct Ride<K: Kind> {
    runner: Arc<Runner<K>>,
    lease: Lease,
    /// As it is now, including what is not saved yet.
    record: SagaRecord,
    state: K::State,
    unsaved: ChangeSet,
    /// As it was last saved, or as it began.
    saved: Saved,
    asker: Option<Asker<K>>,
    /// Why the saga was asked to turn back, as far as the claim could see.
    wish: Option<Reason>,
    /// What was decided since the last save was refused once already.
    refused: bool,
    /// How often others were faster since the last save.
    conflicts: u32,
    /// The step that is saved as the next one and has not moved any money yet: nobody has begun it.
    untouched: Option<u16>,
}

/// Whether the ride goes on.
#[derive(Debug, PartialEq, Eq)]
enum Going {
    On,
    Rest,
}

/// How often in a row others may be faster before the saga rests a while.
const CONFLICTS: u32 = 5;

impl<K: Kind> Ride<K> {
    /// A ride from what is saved, or from a beginning that is not saved yet.
    pub(super) fn new(runner: Arc<Runner<K>>, lease: Lease, saved: Saved, state: K::State) -> Self {
        let record = without_data(&saved.record);
        let unsaved = ChangeSet::new(record.started_at);
        Self {
            runner,
            lease,
            record,
            state,
            unsaved,
            saved,
            asker: None,
            wish: None,
            refused: false,
            conflicts: 0,
            untouched: None,
        }
    }

    /// The same, with somebody waiting for its first answer.
    pub(super) fn answering(self, asker: Asker<K>) -> Self {
        Self { asker: Some(asker), ..self }
    }

    /// The same, asked to turn back.
    pub(super) fn wishing(self, wish: Option<Reason>) -> Self {
        Self { wish, ..self }
    }

    /// The same, when the step to run is known not to have moved any money.
    pub(super) fn untouched(self, untouched: bool) -> Self {
        Self { untouched: untouched.then_some(self.record.step), ..self }
    }

    /// Goes on until the saga waits, has ended, is stuck, or belongs to somebody else.
    pub(super) async fn run(mut self) {
        let rested = loop {
            let going = match self.record.status {
                SagaStatus::Running => self.forward().await,
                SagaStatus::TurningBack => self.back().await,
                SagaStatus::Completed | SagaStatus::TurnedBack => Ok(Going::Rest),
            };
            match going {
                Ok(Going::On) => {}
                Ok(Going::Rest) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = &rested {
            tracing::warn!(saga = %self.record.id, kind = K::NAME, %error, "left until its lease ends");
        }
        self.reply(rested);
    }

    async fn forward(&mut self) -> Result<Going, StoreError> {
        let runner = Arc::clone(&self.runner);
        let (index, pivot) = (usize::from(self.record.step), runner.plan.pivot_at());
        let Some(step) = runner.plan.step(index) else { return self.end(SagaStatus::Completed).await };

        let pivot_unsaved = index > pivot && usize::from(self.saved.record.step) <= pivot;
        let save_first = step.reach() == Reach::Keyed || (pivot_unsaved && step.reach() == Reach::Harmless);
        if save_first && self.is_unsaved() {
            return self.save().await;
        }
        if index == pivot && self.wish.is_none() {
            self.wish = runner.store.signal(self.record.id).await?.and_then(|signal| signal.stop.clone());
        }
        if let Some(wish) = self.wish.take_if(|_| index <= pivot) {
            return self.turn_back(wish);
        }
        let cx = context(&runner, &self.record, self.refused);
        let next = step.run(&cx, &mut self.state).await;
        if cx.moved.into_inner() {
            self.untouched = None;
        }
        match next {
            Ok(Next::Done(changes)) => {
                self.unsaved.append(changes);
                self.record.step += 1;
                self.record.attempts = 0;
                Ok(Going::On)
            }
            Ok(Next::TurnBack(reason)) if index <= pivot => self.turn_back(reason),
            Ok(Next::TurnBack(reason)) => self.stuck(reason).await,
            other => self.pause(step.name(), other).await,
        }
    }

    async fn back(&mut self) -> Result<Going, StoreError> {
        let runner = Arc::clone(&self.runner);
        let Some(index) = usize::from(self.record.step).checked_sub(1) else {
            return self.end(SagaStatus::TurnedBack).await;
        };
        let Some(step) = runner.plan.undoable.get(index) else {
            self.record.step -= 1;
            return Ok(Going::On);
        };
        if step.reach() == Reach::Keyed && self.is_unsaved() {
            return self.save().await;
        }
        let cx = context(&runner, &self.record, self.refused);
        match step.undo(&cx, &mut self.state).await {
            Ok(Next::Done(changes)) => {
                self.unsaved.append(changes);
                self.record.step -= 1;
                self.record.attempts = 0;
                Ok(Going::On)
            }
            Ok(Next::TurnBack(reason)) => self.stuck(reason).await,
            other => self.pause(step.name(), other).await,
        }
    }

    /// Waits for somebody else, or a while until the next try.
    async fn pause(&mut self, step: &str, next: Result<Next, Trouble>) -> Result<Going, StoreError> {
        let now = self.runner.environment.clock.now();
        match next {
            Ok(Next::WaitUntil(until)) => {
                self.record.attempts = 0;
                self.record.wake_at = Some(until);
                self.rest().await
            }
            Err(Trouble::Again { why }) if self.saved.version.is_none() => Err(StoreError::unavailable(why)),
            Err(Trouble::Again { why }) => {
                self.record.attempts += 1;
                self.record.note(now, step, &why);
                match self.runner.settings.patience.pause(self.record.attempts) {
                    Some(pause) => {
                        self.record.wake_at = Some(now + pause);
                        self.rest().await
                    }
                    None => self.give_up(Reason::new("unavailable", why, &())).await,
                }
            }
            Err(Trouble::Stuck(reason)) => self.stuck(reason).await,
            Ok(Next::Done(_) | Next::TurnBack(_)) => Ok(Going::On),
        }
    }

    /// Turns back where there is a way back. A saga without one, such as a capture, must not end unnoticed.
    async fn give_up(&mut self, reason: Reason) -> Result<Going, StoreError> {
        let pivot = self.runner.plan.pivot_at();
        let can_turn_back = pivot > 0 && usize::from(self.record.step) <= pivot;
        if self.record.status == SagaStatus::Running && can_turn_back {
            self.turn_back(reason)
        } else {
            self.stuck(reason).await
        }
    }

    /// Undoes from the last saved step; one that moves money is undone as well if it may have been begun.
    fn turn_back(&mut self, reason: Reason) -> Result<Going, StoreError> {
        let now = self.runner.environment.clock.now();
        self.restore()?;
        let begun = self.runner.plan.step(usize::from(self.record.step));
        let begun = begun.is_some_and(|step| step.reach() == Reach::Keyed)
            && self.saved.version.is_some()
            && self.untouched != Some(self.record.step);
        self.record.step += u16::from(begun);
        self.record.reached = self.record.step;
        self.record.status = SagaStatus::TurningBack;
        self.record.attempts = 0;
        self.record.note(now, "turn back", reason.code.clone());
        self.record.reason = Some(reason);
        Ok(Going::On)
    }

    /// Leaves it to a person, as it was last saved.
    async fn stuck(&mut self, reason: Reason) -> Result<Going, StoreError> {
        tracing::error!(saga = %self.record.id, kind = K::NAME, code = reason.code, "stuck: {}", reason.message);
        self.restore()?;
        self.record.wake_at = None;
        self.record.stuck = Some(reason);
        self.rest().await
    }

    async fn end(&mut self, status: SagaStatus) -> Result<Going, StoreError> {
        let now = self.runner.environment.clock.now();
        self.record.status = status;
        self.record.wake_at = None;
        if status == SagaStatus::TurnedBack {
            self.record.wake_at = K::look_again(&self.state);
            if let (None, Some(reason)) = (self.record.ended_at, &self.record.reason) {
                self.unsaved.append(K::turned_back(self.record.id, reason, now));
            }
        }
        self.record.ended_at.get_or_insert(now);
        self.rest().await
    }

    fn is_unsaved(&self) -> bool {
        let saved = &self.saved;
        saved.version.is_none()
            || !self.unsaved.is_empty()
            || (saved.record.step, saved.record.status) != (self.record.step, self.record.status)
    }

    /// Saves and goes on.
    async fn save(&mut self) -> Result<Going, StoreError> {
        self.write(Going::On).await
    }

    /// Saves and lets go.
    async fn rest(&mut self) -> Result<Going, StoreError> {
        self.write(Going::Rest).await
    }

    async fn write(&mut self, then: Going) -> Result<Going, StoreError> {
        let now = self.runner.environment.clock.now();
        let until = now + self.runner.settings.lease;
        self.record.untouched = then == Going::Rest && self.untouched == Some(self.record.step);
        self.record.lease = (then == Going::On).then_some(Lease { until, ..self.lease });
        let data =
            serde_json::to_string(&self.state).map_err(|why| StoreError::corrupt(self.record.id, why))?;
        let record = Arc::new(SagaRecord { data, ..self.record.clone() });
        let mut changes = std::mem::replace(&mut self.unsaved, ChangeSet::new(now));
        changes.at = now;
        match commit(&self.runner, changes, &record, self.saved.version).await? {
            Commit::Landed(version) => {
                self.untouched = Some(record.step).filter(|step| *step != self.saved.record.step);
                self.saved = Saved { record, version: Some(version) };
                (self.refused, self.conflicts) = (false, 0);
                if usize::from(self.record.step) > self.runner.plan.pivot_at() {
                    self.reply(Ok(()));
                }
                Ok(then)
            }
            Commit::Refused(refusal) => self.after_refusal(&refusal).await,
            Commit::Conflict => {
                self.conflicts += 1;
                self.restore()?;
                if self.conflicts < CONFLICTS {
                    return Ok(Going::On);
                }
                self.conflicts = 0;
                let why = "others were faster each time".into();
                Box::pin(self.pause("commit", Err(Trouble::Again { why }))).await
            }
            Commit::Lost => Err(StoreError::Conflict { record: format!("saga {}", self.record.id) }),
        }
    }

    /// What a guard refused is decided once more upon fresh reads; refused again, the saga turns back, or is stuck
    /// where there is no way back.
    async fn after_refusal(&mut self, refusal: &Refusal) -> Result<Going, StoreError> {
        let again = std::mem::replace(&mut self.refused, true);
        self.restore()?;
        if !again {
            return Ok(Going::On);
        }
        Box::pin(self.give_up(K::refused(refusal))).await
    }

    /// Forgets everything that was not saved.
    fn restore(&mut self) -> Result<(), StoreError> {
        self.state = Runner::<K>::state(&self.saved.record)?;
        self.record = without_data(&self.saved.record);
        self.unsaved = ChangeSet::new(self.runner.environment.clock.now());
        Ok(())
    }

    fn reply(&mut self, rested: Result<(), StoreError>) {
        if let Some(asker) = self.asker.take() {
            let record = Arc::clone(&self.saved.record);
            // Whoever asked may have gone away; the saga goes on without them.
            drop(asker.send(rested.map(|()| Answer { record, state: self.state.clone() })));
        }
    }
}

/// The record to work on: its data is the state, decoded, and is encoded again when it is saved.
fn without_data(saved: &SagaRecord) -> SagaRecord {
    let mut record = saved.clone();
    record.data = String::new();
    record
}

fn context<'a, K: Kind>(runner: &'a Runner<K>, record: &'a SagaRecord, refused: bool) -> Context<'a, K> {
    Context {
        ports: &runner.ports,
        saga: record.id,
        now: runner.environment.clock.now(),
        started_at: record.started_at,
        refused,
        reason: record.reason.as_ref(),
        environment: &runner.environment,
        call_timeout: runner.settings.call_timeout,
        moved: AtomicBool::new(false),
    }
}
