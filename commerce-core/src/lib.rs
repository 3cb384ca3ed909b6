//! The engine of commerce-kit: the domain, the ports, the saga engine and the use cases.
//!
//! Embedders depend on the crate `commerce-kit`, which is this crate under one name. Authors of adapters may depend on
//! this crate alone: it pulls in no database, no server and no TLS.
//!
//! # The one idea
//!
//! Load what is needed, each record with its version. Decide in plain synchronous code. Commit one
//! [`ChangeSet`](storage::ChangeSet): all of it is written, or nothing. Every write of the engine goes through
//! [`Store::commit`](storage::Store::commit), so an order, its stock, its payment, the progress of its checkout and its
//! events are one commit, and no gateway is asked while a lock or a transaction is held.
//!
//! # The modules, from the ground up
//!
//! A module may use those above it and nothing else.
//!
//! | module | what it is |
//! |---|---|
//! | [`domain`] | the shop itself: money, products, prices, stock, carts, orders. Pure and synchronous |
//! | [`environment`] | the clock, fresh ids, and somewhere to run work |
//! | [`storage`] | ports: what a database must do; and the guards, judged once for all databases |
//! | [`gateway`] | ports: payment, tax, shipping, fraud, events |
//! | [`saga`] | the engine that runs a plan of steps and goes on after a crash |
//! | [`checkout`] | from a cart to an order, one file per step |
//! | [`cancellation`], [`capture`], [`refund`] | what may follow an order |
//! | [`service`] | the use cases behind the handle [`Commerce`] |
//! | `memory` | the adapter in the box, behind the feature `memory` |
//!
//! # A purchase
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use commerce_core::{
//!     Commerce,
//!     checkout::{Buyer, CheckoutRequest},
//!     domain::{
//!         cart::Quantity,
//!         catalog::{Price, Product, StockTracking, Variant},
//!         customer::{Address, Email},
//!         ids::{CheckoutId, MarketId, ProductId, Sku},
//!         money::{Currency, Money},
//!         payment::PaymentMethod,
//!     },
//!     memory::TestGateway,
//!     service::{CheckoutStatus, NewCart},
//! };
//! use uuid::Uuid;
//!
//! let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
//! let sku = Sku::new("E-BOOK")?;
//! let price = Price::new(MarketId::main(), Money::from_minor(990, Currency::EUR));
//! let mut variant = Variant::new(sku.clone()).with_price(price);
//! variant.stock = StockTracking::Untracked;
//! shop.catalog().add_product(Product::new(ProductId::from_uuid(Uuid::now_v7()), "E-book", variant)).await?;
//!
//! let cart = shop.carts().create(NewCart::guest(MarketId::main())).await?.id;
//! shop.carts().add(cart, &sku, Quantity::ONE).await?;
//! let total = shop.carts().quote(cart, Buyer::default()).await?.total;
//!
//! let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse()?);
//! let id = CheckoutId::from_uuid(Uuid::now_v7());
//! let request = CheckoutRequest::new(id, cart, Email::new("ann@example.com")?, address, total)
//!     .with_tender(PaymentMethod::new("card", "ok")?);
//! let checkout = shop.checkouts().start(request).await?;
//! assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! The first two are on by default.
//!
//! - `tokio`: the system's clock, timers and tasks. Without it the embedder brings an
//!   [`Environment`](environment::Environment).
//! - `memory`: the store, the carts and the test gateway that live in memory.
//! - `openapi`: a `utoipa::ToSchema` of every type that a shop shows or is sent as JSON, for its OpenAPI document.

pub mod domain;
pub mod environment;

pub mod gateway;
pub mod storage;

pub mod saga;

pub mod cancellation;
pub mod capture;
pub mod checkout;
pub mod refund;

pub mod service;

pub use service::{Commerce, Error, Retry};

#[cfg(feature = "memory")]
pub mod memory;

#[cfg(all(feature = "memory", feature = "tokio"))]
mod in_memory;

#[cfg(feature = "openapi")]
mod openapi;
