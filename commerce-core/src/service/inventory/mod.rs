mod audit;
mod reserve;

pub use audit::Discrepancy;

pub(super) use reserve::reserve;

use std::{sync::Arc, time::Duration};

use super::{Error, commerce::Engine};
use crate::{
    domain::{
        ids::{CartId, LocationId, ReservationId, Sku},
        inventory::{
            Holder, MovementKey, ReleaseReason, Reservation, ReservationState, StockKey, StockLevel,
            StockMovement, StockPolicy,
        },
    },
    storage::{ChangeSet, Page, StockChange},
};

/// What is in stock.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use commerce_core::{Commerce, domain::ids::{LocationId, Sku}, memory::TestGateway};
/// # let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
/// use commerce_core::domain::inventory::StockKey;
///
/// let mugs = StockKey { sku: Sku::new("MUG")?, location: LocationId::main() };
/// shop.inventory().receive(mugs.clone(), 5).await?;
/// shop.inventory().count(mugs.clone(), 4, "one broke").await?;
/// assert_eq!(shop.inventory().levels(&mugs.sku).await?[0].available(), 4);
/// assert!(shop.inventory().audit().await?.is_empty(), "every level is the sum of its ledger");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Inventory<'a> {
    pub(super) engine: &'a Engine,
}

impl Inventory<'_> {
    /// Every level of one SKU, by location.
    pub async fn levels(&self, sku: &Sku) -> Result<Vec<StockLevel>, Error> {
        Ok(self.engine.ports.store.stock_levels(std::slice::from_ref(sku)).await?)
    }

    /// All levels, by key.
    pub async fn stock(&self, page: Page<StockKey>) -> Result<Vec<StockLevel>, Error> {
        Ok(self.engine.ports.store.stock(page).await?)
    }

    /// The ledger, by key.
    pub async fn movements(&self, page: Page<MovementKey>) -> Result<Vec<StockMovement>, Error> {
        Ok(self.engine.ports.store.movements(page).await?)
    }

    /// Units come in. Each call is a delivery of its own: after an uncertain answer read the ledger first.
    pub async fn receive(&self, stock: StockKey, units: i64) -> Result<(), Error> {
        self.commit(StockChange::Receive { stock, units }).await
    }

    /// Sets what was counted on the shelf; `note` goes into the ledger.
    ///
    /// # Errors
    /// When fewer are there than are promised to buyers: cancel or release some first.
    pub async fn count(&self, stock: StockKey, counted: i64, note: impl Into<String>) -> Result<(), Error> {
        let note = note.into();
        Error::check_text("a note", &note)?;
        self.commit(StockChange::Count { stock, counted, note }).await
    }

    /// The same for a shelf of which nothing is in the ledger yet; where units have come or gone before, nothing happens.
    /// So whoever fills the shelves of a new shop may begin again, and two may do it at once.
    pub async fn count_first(
        &self,
        stock: StockKey,
        counted: i64,
        note: impl Into<String>,
    ) -> Result<(), Error> {
        let note = note.into();
        Error::check_text("a note", &note)?;
        self.commit(StockChange::CountFirst { stock, counted, note }).await
    }

    /// Moves unpromised units to another location.
    pub async fn transfer(&self, from: StockKey, to: LocationId, units: i64) -> Result<(), Error> {
        self.commit(StockChange::Transfer { from, to, units }).await
    }

    /// Changes how a level sells: safety stock, low-stock mark, backorder.
    pub async fn set_policy(&self, stock: StockKey, policy: StockPolicy) -> Result<(), Error> {
        self.commit(StockChange::SetPolicy { stock, policy }).await
    }

    /// Holds units for a cart: all of them or none. The same id with the same units is the same reservation.
    pub async fn reserve(
        &self,
        id: ReservationId,
        cart: CartId,
        hold: Duration,
        wanted: &[(Sku, i64)],
    ) -> Result<Arc<Reservation>, Error> {
        let now = self.engine.environment.clock.now();
        let holder = Holder::Cart { cart, until: now + hold };
        reserve(self.engine, ChangeSet::new(now), id, holder, wanted).await
    }

    /// One reservation.
    pub async fn reservation(&self, id: ReservationId) -> Result<Arc<Reservation>, Error> {
        let found = self.engine.ports.store.reservation(id).await?;
        found.ok_or_else(|| Error::not_found("reservation", id))
    }

    /// Gives back what a cart holds; twice is once. What a checkout holds, only the checkout gives back.
    pub async fn release(&self, id: ReservationId) -> Result<(), Error> {
        let held = self.reservation(id).await?;
        match (held.state, held.holder) {
            (ReservationState::Released { .. }, _) => Ok(()),
            (ReservationState::Held, Holder::Cart { .. }) => {
                let why = ReleaseReason::Asked;
                self.commit(StockChange::Release { id, why, lines: held.lines.clone() }).await
            }
            _ => Err(Error::Refused(crate::storage::Refusal::NotHeld { reservation: id })),
        }
    }

    /// Folds every level from its ledger, the reservations and the orders, and tells where the level says otherwise.
    /// Reads page by page: run it while nobody writes, or look twice.
    pub async fn audit(&self) -> Result<Vec<Discrepancy>, Error> {
        audit::audit(self.engine).await
    }

    async fn commit(&self, change: StockChange) -> Result<(), Error> {
        let changes = ChangeSet::new(self.engine.environment.clock.now()).with(change);
        self.engine.ports.store.commit(changes).await?;
        Ok(())
    }
}
