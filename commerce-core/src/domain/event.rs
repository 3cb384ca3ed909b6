//! What happened, for whoever listens. Written in the same commit as the change itself.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ids::{
        CheckoutId, CustomerId, OrderId, OrderNumber, PaymentId, ProductId, PromotionId, RefundId, ShipmentId,
    },
    inventory::StockKey,
    money::Money,
};

/// Something that happened to one aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DomainEvent {
    /// A product was added or changed.
    ProductSaved {
        /// Which.
        product: ProductId,
    },
    /// A promotion was added or changed.
    PromotionSaved {
        /// Which.
        promotion: PromotionId,
    },
    /// A customer was added or changed.
    CustomerSaved {
        /// Who.
        customer: CustomerId,
    },
    /// No more than the low-stock mark is available.
    StockLow {
        /// What and where.
        stock: StockKey,
        /// Units left to sell.
        available: i64,
    },
    /// Something that was sold out can be bought again.
    StockBack {
        /// What and where.
        stock: StockKey,
        /// Units to sell.
        available: i64,
    },
    /// A checkout ended without an order.
    CheckoutTurnedBack {
        /// Which.
        checkout: CheckoutId,
        /// Why, as a stable code.
        reason: String,
    },
    /// An order was placed and its stock is sold.
    OrderPlaced {
        /// Which.
        order: OrderId,
        /// Its number.
        number: OrderNumber,
        /// What the buyer pays.
        total: Money,
    },
    /// A held order may go on.
    OrderReleased {
        /// Which.
        order: OrderId,
    },
    /// A parcel was handed over to a carrier.
    OrderFulfilled {
        /// Which.
        order: OrderId,
        /// The parcel.
        shipment: ShipmentId,
    },
    /// A parcel has arrived.
    OrderDelivered {
        /// Which.
        order: OrderId,
        /// The parcel.
        shipment: ShipmentId,
    },
    /// An order was called off.
    OrderCancelled {
        /// Which.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// A gateway promised money.
    PaymentAuthorized {
        /// Which.
        payment: PaymentId,
        /// For which order.
        order: OrderId,
        /// How much.
        amount: Money,
    },
    /// Money was collected.
    PaymentCaptured {
        /// Which.
        payment: PaymentId,
        /// For which order.
        order: OrderId,
        /// How much.
        amount: Money,
    },
    /// A promise of money was given up.
    PaymentVoided {
        /// Which.
        payment: PaymentId,
    },
    /// Money was given back.
    PaymentRefunded {
        /// Which.
        payment: PaymentId,
        /// By which refund.
        refund: RefundId,
        /// How much.
        amount: Money,
    },
}

/// What an event happened to. Events of one aggregate are numbered 1, 2, 3 … and delivered in that order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Aggregate {
    /// A product.
    Product(ProductId),
    /// A promotion.
    Promotion(PromotionId),
    /// A customer.
    Customer(CustomerId),
    /// A stock level.
    Stock(StockKey),
    /// A checkout.
    Checkout(CheckoutId),
    /// An order.
    Order(OrderId),
    /// A payment.
    Payment(PaymentId),
}

/// Names one event: what it happened to, and the how manieth of its events it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventNumber {
    /// What it happened to.
    pub aggregate: Aggregate,
    /// 1, 2, 3 … without a gap.
    pub number: u64,
}

/// An event as it leaves the shop: its number, its time, and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedEvent {
    /// Which one it is.
    pub number: EventNumber,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: DomainEvent,
}

impl DomainEvent {
    /// What it happened to.
    pub fn aggregate(&self) -> Aggregate {
        match self {
            Self::ProductSaved { product } => Aggregate::Product(*product),
            Self::PromotionSaved { promotion } => Aggregate::Promotion(*promotion),
            Self::CustomerSaved { customer } => Aggregate::Customer(*customer),
            Self::StockLow { stock, .. } | Self::StockBack { stock, .. } => Aggregate::Stock(stock.clone()),
            Self::CheckoutTurnedBack { checkout, .. } => Aggregate::Checkout(*checkout),
            Self::OrderPlaced { order, .. }
            | Self::OrderReleased { order }
            | Self::OrderFulfilled { order, .. }
            | Self::OrderDelivered { order, .. }
            | Self::OrderCancelled { order, .. } => Aggregate::Order(*order),
            Self::PaymentAuthorized { payment, .. }
            | Self::PaymentCaptured { payment, .. }
            | Self::PaymentVoided { payment }
            | Self::PaymentRefunded { payment, .. } => Aggregate::Payment(*payment),
        }
    }

    /// Its type as listeners know it, such as `order_placed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ProductSaved { .. } => "product_saved",
            Self::PromotionSaved { .. } => "promotion_saved",
            Self::CustomerSaved { .. } => "customer_saved",
            Self::StockLow { .. } => "stock_low",
            Self::StockBack { .. } => "stock_back",
            Self::CheckoutTurnedBack { .. } => "checkout_turned_back",
            Self::OrderPlaced { .. } => "order_placed",
            Self::OrderReleased { .. } => "order_released",
            Self::OrderFulfilled { .. } => "order_fulfilled",
            Self::OrderDelivered { .. } => "order_delivered",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::PaymentAuthorized { .. } => "payment_authorized",
            Self::PaymentCaptured { .. } => "payment_captured",
            Self::PaymentVoided { .. } => "payment_voided",
            Self::PaymentRefunded { .. } => "payment_refunded",
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(id) => write!(f, "product/{id}"),
            Self::Promotion(id) => write!(f, "promotion/{id}"),
            Self::Customer(id) => write!(f, "customer/{id}"),
            Self::Stock(key) => write!(f, "stock/{}/{}", key.location, key.sku),
            Self::Checkout(id) => write!(f, "checkout/{id}"),
            Self::Order(id) => write!(f, "order/{id}"),
            Self::Payment(id) => write!(f, "payment/{id}"),
        }
    }
}

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.aggregate, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_event_is_its_stored_tag() {
        let event = DomainEvent::OrderReleased { order: OrderId::from_uuid(uuid::Uuid::nil()) };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.name());
    }
}
