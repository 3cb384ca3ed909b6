//! The files of an index, and what is kept of them in memory.

mod generation;

mod schema;

mod columns;
mod frames;
mod noted;
mod row;
mod rows;
mod sales;
mod segment;

pub(crate) use columns::View;
pub(crate) use generation::{Generation, State, lock};
pub(crate) use noted::{Durability, Noted};
pub(crate) use row::{NO_PRICE, NO_RATING};
pub(crate) use sales::{Sale, day, still_counts};
#[cfg(test)]
pub(crate) use schema::schema;
pub(crate) use schema::{BOOSTS, Fields, SKU_BOOST, TextFields, splitter, words};
pub(crate) use segment::{Ords, Segment};
