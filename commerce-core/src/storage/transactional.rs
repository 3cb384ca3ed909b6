use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use super::{Keys, StoreError, apply::Rows};

/// What an author of a transactional store writes; [`GroupCommit`](super::GroupCommit) makes
/// [`Store::commit`](super::Store::commit) of it.
///
/// No guard is judged here: `begin` loads rows, [`apply`](super::apply::apply) judges and changes them, `save` writes
/// what has changed. `SubsetStore` in the crate `commerce-testkit` is a whole one to read, and its conformance rules
/// prove another.
#[async_trait]
pub trait Transactional: Debug + Send + Sync + 'static {
    /// An open transaction. Dropping it rolls back.
    type Tx: Send;

    /// Opens a transaction, then locks and loads the rows under `keys`, in the order given.
    ///
    /// # To be correct
    /// - the rows are [`Rows::subset`]s: a key that was asked for and is not there is noted as absent;
    /// - no other transaction changes a loaded stock level, counter or name until this one ends;
    /// - records under [`Keys::expected`] are loaded, or, where [`Keys::records`] allows it, taken over with
    ///   [`Rows::assume`] and asserted by [`save`](Self::save);
    /// - sagas under [`Keys::forgotten`] and their signals are loaded with their content, whatever is expected of them,
    ///   and asserted by [`save`](Self::save) as well.
    async fn begin(&self, keys: &Keys) -> Result<(Self::Tx, Rows), StoreError>;

    /// Writes what is dirty in `rows`, takes out what is dirty and gone, in bulk, and commits.
    ///
    /// # To be correct
    /// - when this returns `Ok`, everything survives a power cut;
    /// - [`SaveError::Stale`] when an asserted version or a unique key was not as assumed: nothing was written.
    async fn save(&self, tx: Self::Tx, rows: &Rows) -> Result<(), SaveError>;
}

#[async_trait]
impl<T: Transactional> Transactional for Arc<T> {
    type Tx = T::Tx;

    async fn begin(&self, keys: &Keys) -> Result<(Self::Tx, Rows), StoreError> {
        T::begin(self, keys).await
    }

    async fn save(&self, tx: Self::Tx, rows: &Rows) -> Result<(), SaveError> {
        T::save(self, tx, rows).await
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
