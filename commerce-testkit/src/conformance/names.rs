//! Names that only one thing in the shop may have.

use commerce_core::storage::{NameChange, Put, Refusal, Store, UniqueName};

use super::{Kept, answers::refusal};
use crate::fixtures::*;

/// A name that belongs to one thing is refused to another.
pub async fn a_name_has_one_owner(store: &dyn Store) -> Kept {
    for name in every_kind() {
        store.commit(changes().with(claim(&name, 1))).await?;
        let refused = refusal(store.commit(changes().with(claim(&name, 2))).await);
        assert_eq!(refused, Refusal::NameTaken { name });
    }
    Ok(())
}

/// Whoever has a name may claim it again.
pub async fn a_name_claimed_twice_by_its_owner_is_claimed_once(store: &dyn Store) -> Kept {
    let name = UniqueName::Sku(sku("MUG"));
    store.commit(changes().with(claim(&name, 1)).with(claim(&name, 1))).await?;
    store.commit(changes().with(claim(&name, 1))).await?;
    store.commit(changes().with(free(&name, 1))).await?;
    store.commit(changes().with(claim(&name, 2))).await?;
    Ok(())
}

/// A name given up can be claimed by another, in the same change set or later.
pub async fn a_name_given_up_can_be_claimed_again(store: &dyn Store) -> Kept {
    let name = UniqueName::Coupon(coupon_code("SPRING"));
    store.commit(changes().with(claim(&name, 1))).await?;
    store.commit(changes().with(free(&name, 1)).with(claim(&name, 2))).await?;
    store.commit(changes().with(free(&name, 2))).await?;
    store.commit(changes().with(claim(&name, 3))).await?;
    refusal(store.commit(changes().with(claim(&name, 2))).await);
    Ok(())
}

/// A name given up by somebody who does not have it stays where it is.
pub async fn only_its_owner_gives_a_name_up(store: &dyn Store) -> Kept {
    let name = UniqueName::Sku(sku("MUG"));
    store.commit(changes().with(free(&name, 2))).await?;
    store.commit(changes().with(Put::new(product(1, "MUG"))).with(claim(&name, 1))).await?;
    store.commit(changes().with(free(&name, 2))).await?;
    refusal(store.commit(changes().with(claim(&name, 2))).await);
    assert!(store.listings(&[sku("MUG")]).await?[0].is_some());
    Ok(())
}

/// A coupon code may read like a SKU or an order number.
pub async fn names_of_two_kinds_never_meet(store: &dyn Store) -> Kept {
    for (name, owner) in every_kind().into_iter().zip(1..) {
        store.commit(changes().with(claim(&name, owner))).await?;
    }
    Ok(())
}

fn every_kind() -> [UniqueName; 4] {
    [
        UniqueName::Sku(sku("N-1")),
        UniqueName::Coupon(coupon_code("N-1")),
        UniqueName::Email(email("n-1")),
        UniqueName::OrderNumber(order_number(1)),
    ]
}

fn claim(name: &UniqueName, owner: u128) -> NameChange {
    NameChange::Claim { name: name.clone(), owner: uuid(owner) }
}

fn free(name: &UniqueName, owner: u128) -> NameChange {
    NameChange::Free { name: name.clone(), owner: uuid(owner) }
}
