//! What only the shop's people may see, so all of it wants the admin's token: records whole, drafts and secrets
//! included, to be read and put back.
//!
//! What they do to something that buyers see too, such as shipping an order, stands beside that and not here.

mod codes;
mod prices;
mod products;
mod promotions;

use axum::extract::DefaultBodyLimit;
use commerce_kit::{
    Error,
    storage::{StoreError, Versioned},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, problem::Problem};

/// The largest body below `/api/v1/admin`, in bytes: a product with many variants is long.
pub const ADMIN_BODY_LIMIT: usize = 4 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(products::list, products::add))
        .routes(routes!(products::one, products::replace))
        .routes(routes!(prices::of_variant, prices::replace))
        .routes(routes!(promotions::list, promotions::add))
        .routes(routes!(promotions::one, promotions::replace))
        .routes(routes!(codes::list, codes::issue))
        .layer(DefaultBodyLimit::max(ADMIN_BODY_LIMIT))
}

/// A record after it was to be added: the kept one, if it was added now, or before with the same content.
fn added<T>(
    reused: Error,
    added: Result<(), Error>,
    kept: Result<Versioned<T>, Error>,
    same: impl Fn(&T) -> bool,
) -> Result<Versioned<T>, Problem> {
    match (added, kept) {
        (Ok(()), kept) => Ok(read_back(kept)?),
        (Err(Error::Store(StoreError::Conflict { .. })), Ok(kept)) if same(&kept) => Ok(kept),
        (Err(Error::Store(StoreError::Conflict { .. })), Ok(_)) => Err(reused.into()),
        (Err(error), _) => Err(error.into()),
    }
}

/// A record after it was written. When it cannot be read then, nobody must be told that nothing was written.
fn read_back<T>(kept: Result<T, Error>) -> Result<T, Error> {
    kept.map_err(|error| StoreError::uncertain(error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_back_may_have_happened() {
        let lost: Result<(), Error> = read_back(Err(StoreError::unavailable("the store is gone").into()));
        assert!(matches!(lost, Err(Error::Store(StoreError::Uncertain { .. }))), "{lost:?}");
    }
}
