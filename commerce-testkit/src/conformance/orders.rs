//! What was bought.

use commerce_core::{
    domain::order::Order,
    storage::{NameChange, Page, Put, Store, UniqueName, Version},
};

use super::Kept;
use crate::fixtures::*;

/// An order is found by the number on its invoice: by the name that it owns. A number that was only claimed has no order,
/// and an order whose number nobody claimed is not found.
pub async fn an_order_is_found_by_its_number(store: &dyn Store) -> Kept {
    for number in [1, 2] {
        let name = UniqueName::OrderNumber(order_number(number));
        let claim = NameChange::Claim { name, owner: uuid(number) };
        store.commit(changes().with(claim)).await?;
        assert_eq!(store.order_by_number(&order_number(number)).await?, None);
        store.commit(changes().with(Put::new(order(number)))).await?;
    }
    let first = Version { writes: 1, events: 0 };
    let moved = Order { email: email("elsewhere"), ..order(2) };
    store.commit(changes().with(Put::over(first, moved.clone()))).await?;
    let found = store.order_by_number(&order_number(2)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(moved));
    store.commit(changes().with(Put::new(order(3)))).await?;
    assert_eq!(store.order_by_number(&order_number(3)).await?, None);
    Ok(())
}

/// The orders of a customer are theirs alone, by id; a guest's are nobody's.
pub async fn orders_of_a_customer_are_theirs_alone(store: &dyn Store) -> Kept {
    for (number, customer) in [(4, Some(1)), (1, Some(1)), (2, Some(2)), (3, None)] {
        let order = Order { customer: customer.map(customer_id), ..order(number) };
        store.commit(changes().with(Put::new(order))).await?;
    }
    let found = store.orders_of(customer_id(1), Page::first(9)).await?;
    assert_eq!(found.iter().map(|order| order.id).collect::<Vec<_>>(), [order_id(1), order_id(4)]);
    assert_eq!(store.orders_of(customer_id(3), Page::first(9)).await?, []);
    Ok(())
}
