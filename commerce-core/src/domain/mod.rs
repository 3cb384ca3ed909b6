//! The shop itself, pure and synchronous: no clock, no database, no randomness, no async.
//!
//! Lower modules never know upper ones: ids and money, then catalog, customer, inventory and payment, then carts,
//! prices, orders, and events last.

pub mod ids;
pub mod metadata;
pub mod money;

pub mod catalog;
pub mod customer;
pub mod inventory;
pub mod payment;

pub mod cart;

pub mod pricing;

pub mod order;

pub mod event;
