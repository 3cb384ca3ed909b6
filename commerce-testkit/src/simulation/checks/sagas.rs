use std::sync::Arc;

use commerce_core::{
    domain::event::DomainEvent,
    storage::{ChangeSet, Expect, Put, SagaRecord, SagaStatus},
};

use super::super::judge::State;

/// G1, E1: versions rise by one, nobody writes under a lease that is somebody else's, and what has ended stays so.
pub(super) fn check(
    state: &mut State,
    put: &Put<SagaRecord>,
    before: Option<&(Expect, Arc<SagaRecord>)>,
    changes: &ChangeSet,
) {
    let (id, now) = (put.value.id, &put.value);
    let writes = |expect: Expect| match expect {
        Expect::Absent => 0,
        Expect::At(version) => version.writes,
    };
    let there = before.map_or(0, |(version, _)| writes(*version));
    state.expect("G1", writes(put.expect) == there, || {
        format!("saga {id} was written over {:?}, but stood at {there}", put.expect)
    });
    let was = before.map(|(_, record)| &**record);
    if let Some(was) = was {
        let lease = was.lease.zip(now.lease);
        let stolen = lease.is_some_and(|(old, new)| old.token != new.token && changes.at < old.until);
        state
            .expect("G1", !stolen, || format!("saga {id} was taken from a worker whose lease had not ended"));
        state.expect("G1", goes(was, now), || {
            format!("saga {id} went from {:?} {} to {:?} {}", was.status, was.step, now.status, now.step)
        });
    }
    if now.kind == "checkout" && now.status == SagaStatus::TurnedBack {
        let first = was.is_none_or(|was| was.ended_at.is_none());
        let event = |event: &DomainEvent| matches!(event, DomainEvent::CheckoutTurnedBack { .. });
        let events = changes.events.iter().filter(|it| event(it)).count();
        state.expect("E1", events == usize::from(first), || {
            format!("checkout {id} turned back with {events} events")
        });
    }
}

/// Whether a saga may go from here to there.
fn goes(was: &SagaRecord, now: &SagaRecord) -> bool {
    use SagaStatus::{Completed, Running, TurnedBack, TurningBack};
    match (was.status, now.status) {
        (Running, Running) => was.step <= now.step,
        (Running, Completed | TurningBack | TurnedBack) | (TurningBack, TurnedBack) => true,
        (TurningBack, TurningBack) => was.step >= now.step,
        // It looks once more at what it undid.
        (TurnedBack, TurningBack | TurnedBack) => true,
        (Completed, Completed) => true,
        _ => false,
    }
}
