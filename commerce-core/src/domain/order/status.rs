use serde::{Deserialize, Serialize};

use super::Order;

/// An order in one word, for people. Derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed, and held until somebody has looked at it.
    Pending,
    /// Placed; not everything has been shipped yet.
    Confirmed,
    /// Everything that was not called off is on its way.
    Shipped,
    /// Everything has arrived.
    Delivered,
    /// Called off before anything was shipped.
    Cancelled,
}

/// How much of an order has been shipped. Derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FulfilmentStatus {
    /// Nothing yet.
    Unfulfilled,
    /// Some of it.
    Partial,
    /// All of it.
    Fulfilled,
    /// All of it, and it has arrived.
    Delivered,
}

impl Order {
    /// The order in one word.
    pub fn status(&self) -> OrderStatus {
        if self.cancelled.is_some() && self.shipments.is_empty() {
            return OrderStatus::Cancelled;
        }
        if self.hold.is_some() {
            return OrderStatus::Pending;
        }
        match self.fulfilment() {
            FulfilmentStatus::Unfulfilled | FulfilmentStatus::Partial => OrderStatus::Confirmed,
            FulfilmentStatus::Fulfilled => OrderStatus::Shipped,
            FulfilmentStatus::Delivered => OrderStatus::Delivered,
        }
    }

    /// How much of it has been shipped.
    pub fn fulfilment(&self) -> FulfilmentStatus {
        if self.shipments.is_empty() {
            return FulfilmentStatus::Unfulfilled;
        }
        if self.quote.lines.iter().any(|line| self.unshipped(line.line) > 0) {
            return FulfilmentStatus::Partial;
        }
        if self.shipments.iter().all(|shipment| shipment.delivered_at.is_some()) {
            FulfilmentStatus::Delivered
        } else {
            FulfilmentStatus::Fulfilled
        }
    }
}
