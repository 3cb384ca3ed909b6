//! From what a buyer typed and picked to what is asked of tantivy, by hand: no text is ever read as a query.

mod text;

mod vocabulary;

mod plan;

mod filter;

pub(crate) use filter::{Accept, SegmentAccept, market};
pub(crate) use plan::{Plan, Planner, Tolerance};
pub(crate) use text::{Part, parts};
pub(crate) use vocabulary::{Known, Vocabulary};
