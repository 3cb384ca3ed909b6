//! Who buys: customers with an account, and the contact every buyer leaves.

mod address;
mod email;
mod zone;

pub use address::{Address, AddressProblem, Country, UnknownCountry};
pub use email::{Email, InvalidEmail};
pub use zone::{InvalidPostcodes, Postcodes, Zone};

use serde::{Deserialize, Serialize};

use super::{
    ids::{CustomerGroup, CustomerId},
    metadata::Metadata,
};

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// Their e-mail address, unique among customers.
    pub email: Email,
    /// What to call them.
    #[serde(default)]
    pub name: String,
    /// The group whose prices and promotions they get.
    #[serde(default)]
    pub group: Option<CustomerGroup>,
    /// The embedder's notes.
    #[serde(default)]
    pub metadata: Metadata,
    /// Their name in another system.
    #[serde(default)]
    pub external_id: Option<String>,
}

impl Customer {
    /// The longest name, in characters.
    pub const NAME: usize = 200;

    /// A customer of no group.
    pub const fn new(id: CustomerId, email: Email) -> Self {
        Self { id, email, name: String::new(), group: None, metadata: Metadata::EMPTY, external_id: None }
    }
}
