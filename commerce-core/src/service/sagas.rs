use super::{Error, commerce::Engine, decide};
use crate::{
    cancellation::CancellationFlow,
    capture::CaptureFlow,
    checkout::CheckoutFlow,
    domain::ids::SagaId,
    refund::RefundFlow,
    saga::{Kind, Resume},
    storage::{ChangeSet, Page, Put, Reason, SagaRecord, Signal, StoreError},
};

/// What goes on behind checkouts, captures, refunds and cancellations: for the people who look after a shop.
#[derive(Debug, Clone, Copy)]
pub struct Sagas<'a> {
    pub(super) engine: &'a Engine,
}

/// A saga that cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckSaga {
    /// Which one. A checkout, and a refund, has the same id.
    pub id: SagaId,
    /// What kind: `checkout`, `capture`, `refund` or `cancellation`.
    pub kind: String,
    /// Why, for the shop's eyes.
    pub why: Reason,
}

impl Sagas<'_> {
    /// The record of one saga: how far it is, and what it went through.
    pub async fn get(&self, id: SagaId) -> Result<SagaRecord, Error> {
        let found = self.engine.ports.store.saga(id).await?;
        Ok(SagaRecord::clone(&*found.ok_or_else(|| Error::not_found("saga", id))?))
    }

    /// The stuck ones among the sagas of a page, and where to go on reading; nothing more to read when that is none.
    pub async fn stuck(&self, page: Page<SagaId>) -> Result<(Vec<StuckSaga>, Option<SagaId>), Error> {
        let sagas = self.engine.ports.store.sagas(page).await?;
        let last = sagas.last().map(|saga| saga.id);
        let stuck = sagas.iter().filter_map(|saga| {
            let why = saga.stuck.clone()?;
            Some(StuckSaga { id: saga.id, kind: saga.kind.clone(), why })
        });
        Ok((stuck.collect(), last))
    }

    /// Lets a stuck saga try again, after somebody has looked. Nothing happens to one that is not stuck.
    #[tracing::instrument(skip_all, fields(saga = %id))]
    pub async fn resume(&self, id: SagaId) -> Result<SagaRecord, Error> {
        decide(|| async move {
            let record = self.get(id).await?;
            Ok(match record.kind.as_str() {
                CheckoutFlow::NAME => self.engine.checkouts.unstick(id).await,
                CaptureFlow::NAME => self.engine.captures.unstick(id).await,
                RefundFlow::NAME => self.engine.refunds.unstick(id).await,
                CancellationFlow::NAME => self.engine.cancellations.unstick(id).await,
                unknown => Err(nobody_runs(id, unknown)),
            }?)
        })
        .await?;
        go_on(self.engine, id).await?;
        self.get(id).await
    }
}

/// Goes on with a saga of whatever kind, if it is due.
pub(super) async fn go_on(engine: &Engine, id: SagaId) -> Result<Resume, StoreError> {
    let Some(found) = engine.ports.store.saga(id).await? else { return pass_over(engine, id).await };
    match found.kind.as_str() {
        CheckoutFlow::NAME => engine.checkouts.resume(id).await,
        CaptureFlow::NAME => engine.captures.resume(id).await,
        RefundFlow::NAME => engine.refunds.resume(id).await,
        CancellationFlow::NAME => engine.cancellations.resume(id).await,
        unknown => Err(nobody_runs(id, unknown)),
    }
}

/// A wish that came while its saga was being forgotten is nobody's: without this it would be due for ever.
async fn pass_over(engine: &Engine, id: SagaId) -> Result<Resume, StoreError> {
    let store = &engine.ports.store;
    if let Some(signal) = store.signal(id).await?.filter(|signal| signal.pending) {
        let heard = Signal { saga: id, pending: false, stop: None };
        let changes = ChangeSet::new(engine.environment.clock.now());
        store.commit(changes.with(Put::over(signal.version, heard))).await?;
    }
    Ok(Resume::Left)
}

fn nobody_runs(id: SagaId, kind: &str) -> StoreError {
    StoreError::corrupt(id, format!("nobody runs sagas of kind {kind}"))
}
