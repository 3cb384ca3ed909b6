//! What was bought: placed once, then only forward.

mod fulfilment;
mod moves;
mod number;
mod status;

pub use fulfilment::{Shipment, ShipmentLine};
pub use moves::{Move, OrderProblem};
pub use number::{OrderNumbers, TimedNumbers};
pub use status::{FulfilmentStatus, OrderStatus};

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    customer::{Address, Email},
    ids::{CustomerId, OrderId, OrderNumber, PaymentId},
    inventory::ReservedLine,
    metadata::Metadata,
    money::{Money, MoneyError},
    pricing::Quote,
};

/// A placed order. Its prices are the quote the buyer agreed to, and never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id, made from its checkout's.
    pub id: OrderId,
    /// The number on the invoice, unique in the shop.
    pub number: OrderNumber,
    /// Who bought, when they have an account.
    pub customer: Option<CustomerId>,
    /// Whom to write to.
    pub email: Email,
    /// Where it goes.
    pub shipping_address: Address,
    /// Where the invoice goes, when elsewhere.
    pub billing_address: Option<Address>,
    /// Lines, prices, taxes, and why they are what they are.
    pub quote: Arc<Quote>,
    /// The stock that was sold, by level.
    pub stock: Vec<ReservedLine>,
    /// What pays for it; none when nothing was to pay.
    pub payment: Option<PaymentId>,
    /// When the money is collected.
    pub capture: CapturePolicy,
    /// Why nothing may be shipped or collected yet, if so.
    pub hold: Option<ReviewHold>,
    /// Parcels handed over.
    pub shipments: Vec<Shipment>,
    /// Whether and why it was called off.
    pub cancelled: Option<Cancellation>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// The embedder's notes, from the cart.
    pub metadata: Metadata,
}

/// When the money is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapturePolicy {
    /// As soon as the order is placed.
    #[default]
    AtPlacement,
    /// With the first shipment, all of it.
    AtFulfilment,
}

/// An order that a person should look at before anything is shipped or collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewHold {
    /// What the fraud screen said.
    pub reason: String,
}

/// What was called off: everything that had not been shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cancellation {
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The pieces that will not come.
    pub lines: Vec<ShipmentLine>,
    /// The stock that can be sold again.
    pub stock: Vec<ReservedLine>,
}

impl Order {
    /// What the buyer pays in all.
    pub fn total(&self) -> Money {
        self.quote.total
    }

    /// Calls off what has not been shipped: all of it, or the rest. Answers the stock that can be sold again.
    pub fn cancel(&mut self, reason: &str, at: DateTime<Utc>) -> Result<&[ReservedLine], OrderProblem> {
        self.check_move(Move::Cancel)?;
        let (lines, stock) = (self.rest(), self.unshipped_stock());
        self.hold = None;
        let cancelled = Cancellation { reason: reason.into(), at, lines, stock };
        Ok(&self.cancelled.insert(cancelled).stock)
    }

    /// What the called-off pieces cost: everything when nothing was shipped, else their shares of their lines; the
    /// parcel that is on its way stays paid.
    pub fn called_off(&self) -> Result<Money, MoneyError> {
        let Some(cancelled) = &self.cancelled else { return Ok(Money::zero(self.quote.currency)) };
        if self.shipments.is_empty() {
            return Ok(self.total());
        }
        let share = |gone: &ShipmentLine| {
            let line = self.quote.lines.iter().find(|line| line.line == gone.line)?;
            let kept = line.quantity.get() - gone.quantity.get();
            line.total.split(&[gone.quantity.get().into(), kept.into()]).first().copied()
        };
        Money::sum(self.quote.currency, cancelled.lines.iter().filter_map(share))
    }

    /// Lets a held order go on.
    pub fn release_hold(&mut self) -> Result<(), OrderProblem> {
        self.check_move(Move::ReleaseHold)?;
        self.hold = None;
        Ok(())
    }
}
