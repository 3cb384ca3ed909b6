use super::{Order, OrderStatus};
use crate::domain::ids::{LineId, ShipmentId};

/// What can be done with a placed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Let a held order go on.
    ReleaseHold,
    /// Hand a parcel over to a carrier.
    Fulfil,
    /// Note that a parcel has arrived.
    Deliver,
    /// Call off what has not been shipped.
    Cancel,
}

/// Every legal move; what is not here is refused.
const LEGAL: &[(OrderStatus, &[Move])] = &[
    (OrderStatus::Pending, &[Move::ReleaseHold, Move::Cancel]),
    (OrderStatus::Confirmed, &[Move::Fulfil, Move::Deliver, Move::Cancel]),
    (OrderStatus::Shipped, &[Move::Deliver]),
    (OrderStatus::Delivered, &[]),
    (OrderStatus::Cancelled, &[]),
];

/// Why an order cannot change like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderProblem {
    /// Not in this status.
    #[error("{} is not possible: the order is {}", attempt.verb(), status.word())]
    IllegalMove {
        /// What was asked for.
        attempt: Move,
        /// What the order is.
        status: OrderStatus,
    },
    /// The order has no such line, or not so many pieces of it are left to ship.
    #[error("line {line} has only {left} pieces left to ship")]
    NothingToShip {
        /// The line.
        line: LineId,
        /// Pieces not yet shipped.
        left: i64,
    },
    /// A shipment needs at least one line.
    #[error("a shipment names at least one line")]
    EmptyShipment,
    /// The shipment's id was used for other lines.
    #[error("shipment {shipment} was made with other lines")]
    ShipmentReused {
        /// The shipment.
        shipment: ShipmentId,
    },
    /// The order has no such shipment.
    #[error("the order has no shipment {shipment}")]
    NoSuchShipment {
        /// The shipment asked for.
        shipment: ShipmentId,
    },
}

impl OrderProblem {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "illegal_move",
            Self::NothingToShip { .. } => "nothing_to_ship",
            Self::EmptyShipment => "empty_shipment",
            Self::ShipmentReused { .. } => "id_reused",
            Self::NoSuchShipment { .. } => "no_such_shipment",
        }
    }
}

impl Order {
    /// Says why the order cannot make this move now, if it cannot.
    pub fn check_move(&self, attempt: Move) -> Result<(), OrderProblem> {
        let status = self.status();
        if !LEGAL.iter().any(|(from, moves)| *from == status && moves.contains(&attempt)) {
            return Err(OrderProblem::IllegalMove { attempt, status });
        }
        Ok(())
    }
}

impl Move {
    const fn verb(self) -> &'static str {
        match self {
            Self::ReleaseHold => "releasing the hold",
            Self::Fulfil => "shipping",
            Self::Deliver => "delivering",
            Self::Cancel => "cancelling",
        }
    }
}

impl OrderStatus {
    const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}
