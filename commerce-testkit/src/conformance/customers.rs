//! Who has an account.

use commerce_core::{
    domain::customer::Customer,
    storage::{NameChange, Put, Store, UniqueName, Version},
};

use super::Kept;
use crate::fixtures::*;

/// A customer is found by their e-mail address, and no longer by the one they gave up.
pub async fn a_customer_is_found_by_the_address_of_today(store: &dyn Store) -> Kept {
    let old = customer(1).email;
    let claim =
        |address: &_| NameChange::Claim { name: UniqueName::Email(Clone::clone(address)), owner: uuid(1) };
    store.commit(changes().with(Put::new(customer(1))).with(claim(&old))).await?;
    let found = store.customer_by_email(&old).await?;
    assert_eq!(found.map(|found| found.id), Some(customer_id(1)));

    store.commit(changes().with(claim(&email("new")))).await?;
    assert_eq!(store.customer_by_email(&email("new")).await?, None, "claimed, but not theirs yet");
    let moved = Customer { email: email("new"), ..customer(1) };
    let change = changes()
        .with(Put::over(Version { writes: 1, events: 0 }, moved))
        .with(NameChange::Free { name: UniqueName::Email(old.clone()), owner: uuid(1) })
        .with(claim(&email("new")));
    store.commit(change).await?;
    assert_eq!(store.customer_by_email(&old).await?, None);
    let found = store.customer_by_email(&email("new")).await?;
    assert_eq!(found.map(|found| (found.id, found.version.writes)), Some((customer_id(1), 2)));
    assert_eq!(store.customer(customer_id(2)).await?, None);
    Ok(())
}
