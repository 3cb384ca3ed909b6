use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Forget, StoreError};

/// Reads what may be forgotten. Forgetting it is a write like any other.
#[async_trait]
pub trait RetentionReader: Send + Sync {
    /// What is over since before these times, the oldest first, at most `limit` of each kind.
    ///
    /// # To be correct
    /// - a saga is over since [`SagaRecord::over_since`](super::SagaRecord::over_since), an event since it was
    ///   delivered; a reservation that [is over](crate::domain::inventory::Reservation::is_over) counts from when it was
    ///   made, as nothing else is known of it;
    /// - nothing is answered that its guard would pass over as it is now, such as a saga with a wish that nobody has
    ///   heard or with an event in the outbox: it would come again each time and keep others from their turn;
    /// - events that were delivered at the same time come in the order of their numbers.
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Result<Vec<Forget>, StoreError>;
}

/// What was over before these times may be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoffs {
    /// Sagas.
    pub sagas: DateTime<Utc>,
    /// Reservations.
    pub reservations: DateTime<Utc>,
    /// Events.
    pub events: DateTime<Utc>,
}
