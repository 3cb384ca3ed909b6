//! What was paid.

use commerce_core::storage::{Put, Store, Version};

use super::Kept;
use crate::fixtures::*;

/// The payments of a checkout are its own, by id, as they are now.
pub async fn payments_of_a_checkout_come_by_id(store: &dyn Store) -> Kept {
    for (number, checkout) in [(3, 1), (1, 1), (2, 2)] {
        store.commit(changes().with(Put::new(payment(number, checkout)))).await?;
    }
    let mut captured = payment(3, 1);
    captured.captured = captured.authorized;
    captured.captured_at = Some(NOON);
    let first = Version { writes: 1, events: 0 };
    store.commit(changes().with(Put::over(first, captured.clone()))).await?;
    let found = store.payments_of(checkout_id(1)).await?;
    let found: Vec<_> = found.iter().map(|payment| (*payment.value).clone()).collect();
    assert_eq!(found, [payment(1, 1), captured]);
    assert_eq!(store.payments_of(checkout_id(3)).await?, []);
    Ok(())
}
