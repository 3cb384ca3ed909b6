//! The flow from a cart to an order: six steps, each with its undo beside it.
//!
//! `freeze_quote ► reserve_stock ► authorize_payment ► PLACE ORDER ► capture_payment ► close_cart`
//!
//! Everything that can be refused comes before the money; placing the order is the point of no return; after it the
//! flow only goes forward.

mod request;

mod ports;

mod quote;

mod terms;

mod known_buyer;

mod stock;

mod state;

mod refusal;

mod steps;

pub use ports::{CheckoutPorts, CheckoutSettings};
pub(crate) use quote::group;
pub use quote::{Buyer, QuoteProblem, quote, shipping_rates};
pub use refusal::CheckoutRefusal;
pub use request::{CheckoutRequest, RequestProblem};
use state::lost;

pub use state::{CheckoutState, Decline, Promise, Tender, Waiting};

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        event::DomainEvent,
        ids::{CheckoutId, SagaId},
    },
    saga::{Kind, Plan},
    storage::{ChangeSet, Reason, Refusal},
};

/// The saga that turns a cart into an order.
#[derive(Debug)]
pub struct CheckoutFlow;

impl Kind for CheckoutFlow {
    type State = CheckoutState;
    type Ports = CheckoutPorts;

    const NAME: &'static str = "checkout";
    const DEFINITION: u16 = 1;

    fn plan() -> Plan<Self> {
        Plan {
            undoable: vec![
                Box::new(steps::FreezeQuote),
                Box::new(steps::ReserveStock),
                Box::new(steps::AuthorizePayment),
            ],
            pivot: Box::new(steps::PlaceOrder),
            retriable: vec![Box::new(steps::CapturePayment), Box::new(steps::CloseCart)],
        }
    }

    fn refused(refusal: &Refusal) -> Reason {
        CheckoutRefusal::Store { refusal: refusal.clone() }.reason()
    }

    fn turned_back(saga: SagaId, reason: &Reason, now: DateTime<Utc>) -> ChangeSet {
        let checkout = CheckoutId::from_uuid(saga.uuid());
        ChangeSet::new(now)
            .with_event(DomainEvent::CheckoutTurnedBack { checkout, reason: reason.code.clone() })
    }

    fn look_again(state: &CheckoutState) -> Option<DateTime<Utc>> {
        state.late_until
    }
}
