use async_trait::async_trait;
use commerce_core::domain::event::NumberedEvent;
use sqlx::PgConnection;

/// Writes rows of the host's in the transaction that writes the shop's: both are there, or neither is.
///
/// ```
/// use async_trait::async_trait;
/// use commerce_core::domain::event::{DomainEvent, NumberedEvent};
/// use commerce_postgres::{Rider, sqlx};
///
/// /// Keeps a list of what the accountant has to look at.
/// struct Ledger;
///
/// #[async_trait]
/// impl Rider for Ledger {
///     async fn ride(&self, transaction: &mut sqlx::PgConnection, events: &[NumberedEvent]) -> sqlx::Result<()> {
///         for event in events {
///             if let DomainEvent::OrderPlaced { order, .. } = &event.event {
///                 let note = sqlx::query("insert into accountant.placed (order_id) values ($1)");
///                 note.bind(order.uuid()).execute(&mut *transaction).await?;
///             }
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Rider: Send + Sync + 'static {
    /// Called behind the shop's own writes and before the commit, with the events of all change sets that share the
    /// transaction; not called when there are none.
    ///
    /// # To be correct
    /// - it only writes rows that the shop knows nothing of, and neither commits nor rolls back;
    /// - it is quick: a transaction ahead of it holds the rows that buyers wait for;
    /// - it may be called again with the same events when a transaction did not come to its end, so it does nothing
    ///   that is not undone with the transaction.
    ///
    /// # Errors
    /// Its error rolls back the whole transaction: every change set in it is answered
    /// [`StoreError::Unavailable`](commerce_core::storage::StoreError::Unavailable). It is no place to refuse.
    async fn ride(&self, transaction: &mut PgConnection, events: &[NumberedEvent]) -> sqlx::Result<()>;
}
