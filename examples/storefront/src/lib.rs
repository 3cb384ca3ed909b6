//! A reference shop: commerce-kit behind HTTP, with a catalogue to try it on.
//!
//! Read it in this order: [`routes`] says what can be asked for, [`openapi`] says it to programs, [`extract`] and
//! [`condition`] what a request carries, [`problem`] what is answered when something cannot be done, [`admin`] who may do
//! what only the shop does, [`server`] how it listens and stops, [`database`] where it is kept, [`search`] how its products
//! are found, [`bank`] who pays, and [`demo`] the shop itself. A shop of your own replaces [`bank`] and [`demo`] and keeps
//! the rest.

pub mod routes;

pub mod openapi;

pub mod condition;
pub mod extract;
pub mod problem;

pub mod admin;

pub mod server;

pub mod bank;
pub mod database;
pub mod demo;
pub mod search;

use std::sync::Arc;

use commerce_kit::Commerce;

use admin::AdminToken;
use bank::Bank;
use search::ShopSearch;

/// What every request may reach.
#[derive(Debug, Clone)]
pub struct App {
    /// The shop.
    pub shop: Commerce,
    /// Finds its products.
    pub search: Arc<ShopSearch>,
    /// The bank: it holds no money and does what buyers tell it.
    pub bank: Arc<dyn Bank>,
    /// Opens what only the shop's people may do.
    pub admin: AdminToken,
}
