use std::{fmt, sync::Arc};

use async_trait::async_trait;
use commerce_core::{
    environment::Spawner,
    gateway::{CloudEvent, EventSink, GatewayError},
    storage::{ChangeSet, Receipt, Store, StoreError},
};
use futures_channel::oneshot;
use futures_util::lock::Mutex;

use super::judge::Judge;
use crate::{
    delegate_readers,
    stage::{Process, Stage},
};

/// The store as the judge sees it: behind all faults, so that every change set that is written is seen, in order.
pub(super) struct Tap {
    inner: Arc<dyn Store>,
    judge: Arc<Judge>,
    /// For stores that answer from threads of their own: one change set at a time, and none is ever dropped.
    abroad: Option<(Stage, Arc<Mutex<()>>)>,
}

impl Tap {
    /// Of a store that answers at once.
    pub(super) fn new(inner: Arc<dyn Store>, judge: Arc<Judge>) -> Self {
        Self { inner, judge, abroad: None }
    }

    /// Of a store that answers from threads of its own.
    pub(super) fn abroad(inner: Arc<dyn Store>, judge: Arc<Judge>, stage: Stage) -> Self {
        Self { inner, judge, abroad: Some((stage, Arc::default())) }
    }
}

delegate_readers!(Tap, inner);

#[async_trait]
impl Store for Tap {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let Some((stage, turn)) = &self.abroad else {
            let receipt = self.inner.commit(changes.clone()).await?;
            self.judge.committed(&changes, &receipt, Some(&*self.inner));
            return Ok(receipt);
        };
        const WIRE: Process = Process(u32::MAX);
        let (reply, answer) = oneshot::channel();
        let (inner, judge) = (Arc::clone(&self.inner), Arc::clone(&self.judge));
        let (abroad, turn) = (stage.clone(), Arc::clone(turn));
        stage.spawner(WIRE).spawn(Box::pin(async move {
            let turn = turn.lock().await;
            let written = abroad.abroad(inner.commit(changes.clone())).await;
            if let Ok(receipt) = &written {
                judge.committed(&changes, receipt, None);
            }
            drop(turn);
            drop(reply.send(written));
        }));
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the run has ended")))
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}

/// The listener: the judge hears every event.
pub(super) struct Listener(pub(super) Arc<Judge>);

#[async_trait]
impl EventSink for Listener {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.0.heard(event);
        Ok(())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
