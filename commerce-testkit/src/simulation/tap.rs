use std::{fmt, sync::Arc};

use async_trait::async_trait;
use commerce_core::{
    gateway::{CloudEvent, EventSink, GatewayError},
    storage::{ChangeSet, Receipt, Store, StoreError, Write},
};
use futures_util::lock::Mutex;

use super::{fate::Chance, judge::Judge};
use crate::delegate_readers;

/// The store as the judge sees it: behind all faults, so that every change set that is written is seen, in order.
pub(super) struct Tap {
    inner: Arc<dyn Store>,
    witness: Witness,
    /// For stores that answer from threads of their own: one change set at a time, so that their order is known.
    turn: Option<Mutex<()>>,
}

/// Who sees what is written: the judge, and the log.
#[derive(Clone)]
pub(super) struct Witness {
    pub(super) judge: Arc<Judge>,
    pub(super) chance: Arc<Chance>,
}

impl Tap {
    /// Of a store that answers at once.
    pub(super) fn new(inner: Arc<dyn Store>, witness: Witness) -> Self {
        Self { inner, witness, turn: None }
    }

    /// Of a store that answers from threads of its own.
    pub(super) fn abroad(inner: Arc<dyn Store>, witness: Witness) -> Self {
        Self { inner, witness, turn: Some(Mutex::default()) }
    }
}

impl Witness {
    fn sees(&self, changes: &ChangeSet, receipt: &Receipt, store: Option<&dyn Store>) {
        self.chance.log(|| wrote(changes));
        self.judge.committed(changes, receipt, store);
    }
}

/// A change set in one line.
fn wrote(changes: &ChangeSet) -> String {
    let of = |write: &Write| match write {
        Write::Saga(put) => {
            let saga = &put.value;
            let why = saga.stuck.as_ref().or(saga.reason.as_ref()).map_or("", |why| &why.code);
            format!("{} {} {:?} at {} {why}", saga.kind, saga.id, saga.status, saga.step)
        }
        Write::Order(put) => format!("order {} {:?}", put.value.id, put.value.status()),
        Write::Payment(put) => format!("payment {} {:?}", put.value.id, put.value.status()),
        Write::Signal(put) => format!("signal to {}", put.value.saga),
        Write::Stock(change) => format!("{change:?}").chars().take(60).collect(),
        Write::Counter(change) => format!("{change:?}").chars().take(60).collect(),
        _ => String::new(),
    };
    let writes: Vec<String> = changes.writes.iter().map(of).filter(|text| !text.is_empty()).collect();
    format!("      wrote {}", writes.join("; "))
}

delegate_readers!(Tap, inner);

#[async_trait]
impl Store for Tap {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let turn = match &self.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let receipt = self.inner.commit(changes.clone()).await?;
        self.witness.sees(&changes, &receipt, turn.is_none().then_some(&*self.inner));
        Ok(receipt)
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
