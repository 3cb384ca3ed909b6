use std::sync::Arc;

use super::{Kind, Runner};
use crate::{
    domain::{
        event::{Aggregate, NumberedEvent},
        ids::{CheckoutId, SagaId},
    },
    storage::{ChangeSet, Expect, Put, Receipt, Refusal, SagaRecord, StoreError, Version},
};

/// A saga as it was last saved.
pub(super) struct Saved {
    pub(super) record: Arc<SagaRecord>,
    /// None while it is only begun.
    pub(super) version: Option<Version>,
}

/// What became of a commit.
pub(super) enum Commit {
    /// It is written; this is the record's version now.
    Landed(Version),
    /// A guard said no.
    Refused(Refusal),
    /// Another record was changed meanwhile; the saga is still ours.
    Conflict,
    /// The saga belongs to somebody else now.
    Lost,
}

/// Where a record stands, seen after the fact.
enum Seen {
    Landed(Version),
    Unmoved,
    Moved,
}

/// Pauses between tries to reach the store, in milliseconds; then the saga is left until its lease ends.
const PAUSES: [u64; 4] = [20, 100, 500, 2_000];

/// Commits a saga's changes with its record, and finds out what came of it when the answer is lost.
///
/// What was written is recognised by its version **and its whole content**: a version alone may have been written by
/// somebody else who claimed the saga meanwhile.
pub(super) async fn commit<K: Kind>(
    runner: &Runner<K>,
    mut changes: ChangeSet,
    record: &Arc<SagaRecord>,
    saved: Option<Version>,
) -> Result<Commit, StoreError> {
    let expect = saved.map_or(Expect::Absent, Expect::At);
    // First of all writes, so that the fence speaks before any guard does: whoever lost the saga has nothing to say.
    changes.writes.insert(0, Put { value: Arc::clone(record), expect }.into());
    let mut uncertain = false;
    let mut pauses = PAUSES.into_iter();
    loop {
        let failure = match runner.store.commit(changes.clone()).await {
            Ok(receipt) => return Ok(Commit::Landed(version_of(record.id, expect, &receipt))),
            Err(StoreError::Refused(refusal)) => return Ok(Commit::Refused(refusal)),
            Err(StoreError::Conflict { .. }) => {
                return Ok(match look(runner, record, expect).await? {
                    Seen::Landed(version) if uncertain => Commit::Landed(version),
                    Seen::Unmoved => Commit::Conflict,
                    Seen::Landed(_) | Seen::Moved => Commit::Lost,
                });
            }
            Err(failure @ StoreError::Uncertain { .. }) => {
                uncertain = true;
                match look(runner, record, expect).await {
                    Ok(Seen::Landed(version)) => return Ok(Commit::Landed(version)),
                    Ok(Seen::Moved) => return Ok(Commit::Lost),
                    Ok(Seen::Unmoved) => failure,
                    Err(error) => error,
                }
            }
            Err(failure @ StoreError::Unavailable { .. }) => failure,
            Err(failure @ StoreError::Corrupt { .. }) => return Err(failure),
        };
        let Some(pause) = pauses.next() else { return Err(failure) };
        runner.environment.clock.sleep(std::time::Duration::from_millis(pause)).await;
    }
}

async fn look<K: Kind>(
    runner: &Runner<K>,
    record: &Arc<SagaRecord>,
    expect: Expect,
) -> Result<Seen, StoreError> {
    let found = runner.store.saga(record.id).await?;
    Ok(match (found, expect) {
        (Some(found), _) if found.version.writes == expect.next().writes && found.value == *record => {
            Seen::Landed(found.version)
        }
        (Some(found), Expect::At(version)) if found.version == version => Seen::Unmoved,
        (None, Expect::Absent) => Seen::Unmoved,
        _ => Seen::Moved,
    })
}

/// The version of the record once written, with the events that were written beside it.
pub(super) fn version_of(saga: SagaId, expect: Expect, receipt: &Receipt) -> Version {
    let mine = |event: &&NumberedEvent| {
        event.number.aggregate == Aggregate::Checkout(CheckoutId::from_uuid(saga.uuid()))
    };
    let events = receipt.events.iter().filter(mine).map(|event| event.number.number).max();
    let next = expect.next();
    Version { events: events.unwrap_or(next.events), ..next }
}
