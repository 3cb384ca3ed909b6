//! One file per step, its undo beside it, in the order of the flow.

mod freeze_quote;

mod reserve_stock;

mod authorize_payment;
mod return_payment;

mod place_order;

mod capture_payment;

mod close_cart;

pub(super) use authorize_payment::AuthorizePayment;
pub(super) use capture_payment::CapturePayment;
pub(super) use close_cart::CloseCart;
pub(super) use freeze_quote::FreezeQuote;
pub(super) use place_order::PlaceOrder;
pub(super) use reserve_stock::ReserveStock;
