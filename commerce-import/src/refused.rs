use std::fmt;

use commerce_core::domain::catalog::ProductProblem;

/// A row that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which row it is, as a spreadsheet counts them: the names of the columns are row 1. Empty lines do not count.
    pub row: u64,
    /// The product it says it belongs to.
    pub handle: String,
    /// Why.
    pub why: Why,
}

/// Why a row was not taken over. What concerns a whole product is said of each of its rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// It belongs to no product.
    #[error("the row has no handle")]
    NoHandle,
    /// Other products stand between it and the rows of its product, or the product has too many rows.
    #[error(
        "the rows of a product stand together, and there are not more than {} of them",
        crate::reader::ROWS
    )]
    Apart,
    /// The first row of its product has no title.
    #[error("the product has no title in its first row")]
    NoTitle,
    /// It is money, not goods.
    #[error("a gift card is a means of payment: the shop cannot sell it as goods")]
    GiftCard,
    /// It has neither a price nor an image.
    #[error("the row has neither a price nor an image")]
    NoPrice,
    /// The price cannot be read, is below zero, or has more digits than the currency.
    #[error("{text:?} is no price")]
    Price {
        /// What stands there.
        text: String,
    },
    /// The weight cannot be read, or is too much.
    #[error("{text:?} is no weight in grams")]
    Weight {
        /// What stands there.
        text: String,
    },
    /// The quantity is no whole number.
    #[error("{text:?} is no quantity")]
    Quantity {
        /// What stands there.
        text: String,
    },
    /// A value of an option is missing.
    #[error("the variant has no value for {option:?}")]
    NoOption {
        /// The option.
        option: String,
    },
    /// An earlier row of the product has the same values for all options.
    #[error("an earlier row has the same options")]
    SameOptions,
    /// An earlier row of the product has the same SKU.
    #[error("an earlier row has the SKU {sku:?} too")]
    SameSku {
        /// The SKU.
        sku: String,
    },
    /// A text is too long, or has what cannot stand there.
    #[error("{column}: {problem}")]
    Text {
        /// Where it stands.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// All rows with a price were refused.
    #[error("no variant of the product can be sold")]
    NoVariant,
    /// The shop does not take such a product.
    #[error(transparent)]
    Product(#[from] ProductProblem),
    /// The shop refused it, such as for a SKU that another product has.
    #[error("{message}")]
    Shop {
        /// What the shop said.
        message: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, {}: {}", self.row, self.handle, self.why)
    }
}
