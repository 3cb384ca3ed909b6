use serde::{Deserialize, Serialize};

use super::Quantity;
use crate::domain::{
    catalog::Price,
    ids::{LineId, Sku},
    metadata::Metadata,
};

/// So many pieces of one variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CartLine {
    /// Its id, kept by the order line it becomes.
    pub id: LineId,
    /// What was picked.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
    /// What it cost when the buyer last chose how many, so that a change can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Price>,
    /// The embedder's notes, such as an engraving; lines that differ in them stay apart.
    pub metadata: Metadata,
}

impl CartLine {
    /// A line without notes.
    pub const fn new(id: LineId, sku: Sku, quantity: Quantity) -> Self {
        Self { id, sku, quantity, seen: None, metadata: Metadata::EMPTY }
    }
}
