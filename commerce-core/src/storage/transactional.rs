use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{
    ChangeSet, Keys, Receipt, Records, StoreError,
    apply::{Rows, apply},
};

/// What an author of a transactional store writes; [`GroupCommit`](super::GroupCommit) makes
/// [`Store::commit`](super::Store::commit) of it.
///
/// No guard is judged here: the store loads rows, [`Batch::judge`] judges and changes them, the store writes what has
/// changed. `SubsetStore` in the crate `commerce-testkit` is a whole one to read, and its conformance rules prove
/// another.
#[async_trait]
pub trait Transactional: Debug + Send + Sync + 'static {
    /// One transaction: locks and loads the rows under [`Batch::keys`], in the order given; lets [`Batch::judge`] change
    /// them; writes what is dirty in them, takes out what is dirty and gone, in bulk; and commits. The answer is the
    /// batch's own.
    ///
    /// # To be correct
    /// - the rows are [`Rows::subset`]s: a key that was asked for and is not there is noted as absent;
    /// - no other transaction changes a loaded stock level, counter or name until this one ends;
    /// - records under [`Keys::expected`] are loaded, or, where [`Keys::records`] allows it, taken over with
    ///   [`Rows::assume`] and asserted by what writes them;
    /// - sagas under [`Keys::forgotten`] and their signals are loaded with their content, whatever is expected of them,
    ///   and asserted as well;
    /// - when this returns `Ok`, everything survives a power cut; dropped half-way, it writes all or nothing;
    /// - [`SaveError::Stale`] when an asserted version or a unique key was not as assumed: nothing was written.
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError>;
}

/// Change sets that go out in one transaction, in the order they came.
#[derive(Debug)]
pub struct Batch {
    keys: Keys,
    changes: Vec<Arc<ChangeSet>>,
}

/// What came of each change set of a batch.
pub type Answers = Vec<Result<Receipt, StoreError>>;

impl Batch {
    /// These change sets, and whether the versions of their records may be assumed.
    pub fn of(changes: Vec<Arc<ChangeSet>>, records: Records) -> Self {
        let keys = Keys { records, ..Keys::of(changes.iter().map(|one| &**one)) };
        Self { keys, changes }
    }

    /// The rows that will be judged.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Judges each change set by what those before it have left, and applies those that pass.
    pub fn judge(&self, rows: &mut Rows) -> Answers {
        self.changes.iter().map(|one| apply(rows, one)).collect()
    }
}

#[async_trait]
impl<T: Transactional> Transactional for Arc<T> {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        T::transact(self, batch).await
    }
}

/// Why a batch was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Something assumed was not so. Nothing was written: load everything, judge again.
    #[error("a record was not as assumed")]
    Stale,
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}
