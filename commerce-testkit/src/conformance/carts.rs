//! Carts, wherever they live.

use commerce_core::{
    domain::{
        cart::{Cart, CartLine, Quantity},
        ids::CartId,
    },
    storage::{CartStore, Page, Put, StoreError, Version},
};
use futures_util::future::join_all;

use super::{Kept, answers::assert_conflict};
use crate::fixtures::*;

/// A cart comes back as it was put, with the version that the writer was told.
pub async fn a_cart_comes_back_as_it_was_put(carts: &dyn CartStore) -> Kept {
    assert_eq!(carts.cart(cart_id(1)).await?, None);
    let first = carts.put_cart(Put::new(cart(1, "MUG"))).await?;
    assert_eq!(first, Version { writes: 1, events: 0 });
    let mut fuller = cart(1, "MUG");
    fuller.lines.push(CartLine::new(line_id(2), sku("CUP"), Quantity::ONE));
    fuller.coupon = Some(coupon_code("SPRING"));
    fuller.hold = Some(reservation_id(1));
    let second = carts.put_cart(Put::over(first, fuller.clone())).await?;
    let found = carts.cart(cart_id(1)).await?;
    assert_eq!(found.map(|found| ((*found.value).clone(), found.version)), Some((fuller, second)));
    assert_eq!(second.writes, 2);
    Ok(())
}

/// Of two new carts with one id the second conflicts.
pub async fn a_cart_is_written_once(carts: &dyn CartStore) -> Kept {
    carts.put_cart(Put::new(cart(1, "MUG"))).await?;
    assert_conflict(carts.put_cart(Put::new(cart(1, "CUP"))).await);
    let found = carts.cart(cart_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(cart(1, "MUG")));
    Ok(())
}

/// Whoever read a cart before the latest write cannot write it.
pub async fn a_stale_cart_conflicts(carts: &dyn CartStore) -> Kept {
    let first = carts.put_cart(Put::new(cart(1, "MUG"))).await?;
    carts.put_cart(Put::over(first, cart(1, "CUP"))).await?;
    assert_conflict(carts.put_cart(Put::over(first, cart(1, "POT"))).await);
    let found = carts.cart(cart_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(cart(1, "CUP")));
    Ok(())
}

/// A cart that is not there cannot be replaced.
pub async fn a_cart_that_is_not_there_cannot_be_replaced(carts: &dyn CartStore) -> Kept {
    let never = Version { writes: 1, events: 0 };
    assert_conflict(carts.put_cart(Put::over(never, cart(1, "MUG"))).await);
    assert_eq!(carts.cart(cart_id(1)).await?, None);
    Ok(())
}

/// Of many who write over the same version one wins; the others are told so.
pub async fn of_two_writers_of_one_cart_one_wins(carts: &dyn CartStore) -> Kept {
    let first = carts.put_cart(Put::new(cart(1, "MUG"))).await?;
    let codes: Vec<String> = (0..8).map(|writer| format!("SKU-{writer}")).collect();
    let writes = codes.iter().map(|code| carts.put_cart(Put::over(first, cart(1, code))));
    let (won, lost): (Vec<_>, Vec<_>) = join_all(writes).await.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    lost.into_iter().for_each(assert_conflict);
    Ok(())
}

/// All carts come in pages by id.
pub async fn carts_come_in_pages(carts: &dyn CartStore) -> Kept {
    for number in [3, 1, 2] {
        carts.put_cart(Put::new(cart(number, "MUG"))).await?;
    }
    let ids = async |page| -> Result<Vec<_>, StoreError> {
        Ok(carts.carts(page).await?.iter().map(|cart| cart.id).collect())
    };
    assert_eq!(ids(Page::first(2)).await?, [cart_id(1), cart_id(2)]);
    assert_eq!(ids(Page::after(cart_id(2), 2)).await?, [cart_id(3)]);
    Ok(())
}

/// Carts that were not changed since a time are forgotten, the longest untouched first, as many as asked for.
pub async fn carts_that_nobody_changes_are_forgotten(carts: &dyn CartStore) -> Kept {
    for (number, seconds) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        carts.put_cart(Put::new(changed(number, seconds))).await?;
    }
    assert_eq!(carts.forget_carts(after_noon(10), 9).await?, 0);
    assert_eq!(carts.forget_carts(after_noon(40), 2).await?, 2);
    assert_eq!(left(carts).await?, [cart_id(1), cart_id(4)]);
    assert_eq!(carts.forget_carts(after_noon(40), 2).await?, 1);
    assert_eq!(carts.forget_carts(after_noon(40), 2).await?, 0);
    assert_eq!(left(carts).await?, [cart_id(4)]);
    Ok(())
}

/// Whoever changes a cart keeps it for as long again.
pub async fn a_cart_is_kept_from_its_latest_change_on(carts: &dyn CartStore) -> Kept {
    let first = carts.put_cart(Put::new(changed(1, 10))).await?;
    let second = carts.put_cart(Put::over(first, changed(1, 20))).await?;
    assert_eq!(carts.forget_carts(after_noon(20), 9).await?, 0);
    carts.put_cart(Put::over(second, changed(1, 20))).await?;
    assert_eq!(carts.forget_carts(after_noon(20), 9).await?, 0);
    assert_eq!(carts.forget_carts(after_noon(21), 9).await?, 1);
    Ok(())
}

/// A cart that is forgotten is gone: whoever read it before is told so, and its id is free.
pub async fn a_forgotten_cart_cannot_be_written_over(carts: &dyn CartStore) -> Kept {
    let first = carts.put_cart(Put::new(changed(1, 10))).await?;
    assert_eq!(carts.forget_carts(after_noon(11), 9).await?, 1);
    assert_conflict(carts.put_cart(Put::over(first, changed(1, 20))).await);
    assert_eq!(carts.cart(cart_id(1)).await?, None);
    assert_eq!(carts.put_cart(Put::new(changed(1, 20))).await?, first);
    Ok(())
}

/// A cart that was changed last so many seconds after noon.
fn changed(number: u128, seconds: i64) -> Cart {
    Cart { changed_at: after_noon(seconds), ..cart(number, "MUG") }
}

async fn left(carts: &dyn CartStore) -> Result<Vec<CartId>, StoreError> {
    Ok(carts.carts(Page::first(9)).await?.iter().map(|cart| cart.id).collect())
}
