//! What is for sale.

use commerce_core::{
    domain::pricing::Promotion,
    storage::{NameChange, Put, Store, StoreError, UniqueName, Version},
};

use super::Kept;
use crate::fixtures::*;

/// Listings are as many as the SKUs asked for, in their order; none where no product has the SKU.
pub async fn listings_answer_in_the_order_asked(store: &dyn Store) -> Kept {
    for (number, code) in [(1, "MUG"), (2, "CUP")] {
        let sale = changes().with(Put::new(product(number, code))).with(claim_sku(code, number));
        store.commit(sale).await?;
    }
    let asked = ["CUP", "NONE", "MUG", "CUP"].map(sku);
    let found = store.listings(&asked).await?;
    let found = found.iter().map(|listing| listing.as_ref().map(|listing| listing.variant().sku.clone()));
    let expected = [Some(sku("CUP")), None, Some(sku("MUG")), Some(sku("CUP"))];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(store.listings(&[]).await?, []);
    Ok(())
}

/// A listing shows the product of today; a SKU it no longer has is listed no more.
pub async fn a_listing_is_the_variant_as_it_is_now(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(product(1, "MUG"))).with(claim_sku("MUG", 1))).await?;
    let mut renamed = product(1, "CUP");
    renamed.title = "Cup".into();
    let replaced = changes()
        .with(Put::over(Version { writes: 1, events: 0 }, renamed))
        .with(NameChange::Free { name: UniqueName::Sku(sku("MUG")), owner: uuid(1) })
        .with(claim_sku("CUP", 1));
    store.commit(replaced).await?;
    let found = store.listings(&["MUG", "CUP"].map(sku)).await?;
    assert_eq!(found[0], None);
    assert_eq!(found[1].as_ref().map(|listing| listing.product().title.as_str()), Some("Cup"));
    Ok(())
}

/// To try on a cart: every promotion without a code, and the one with the code typed in, by id.
pub async fn offers_are_the_open_promotions_and_the_one_with_the_code(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(promotion(3)))).await?;
    store.commit(changes().with(Put::new(promotion(1)))).await?;
    for (number, code) in [(2, "SPRING"), (4, "AUTUMN")] {
        let coupon = Promotion { code: Some(coupon_code(code)), ..promotion(number) };
        store.commit(changes().with(Put::new(coupon)).with(claim_coupon(code, number))).await?;
    }
    assert_eq!(offers(store, None).await?, [1, 3]);
    assert_eq!(offers(store, Some("spring")).await?, [1, 2, 3]);
    assert_eq!(offers(store, Some("AUTUMN")).await?, [1, 3, 4]);
    assert_eq!(offers(store, Some("WINTER")).await?, [1, 3]);
    store.commit(changes().with(claim_coupon("WINTER", 1))).await?;
    assert_eq!(offers(store, Some("WINTER")).await?, [1, 3], "a promotion is offered once");
    Ok(())
}

/// A promotion that gets a code is offered to nobody without it, and one that loses it is offered to all.
pub async fn a_promotion_that_gets_a_code_is_no_longer_open(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(promotion(1)))).await?;
    let coupon = Promotion { code: Some(coupon_code("SPRING")), ..promotion(1) };
    let first = Version { writes: 1, events: 0 };
    store.commit(changes().with(Put::over(first, coupon)).with(claim_coupon("SPRING", 1))).await?;
    assert_eq!(offers(store, None).await?, []);
    assert_eq!(offers(store, Some("SPRING")).await?, [1]);
    let given_up = NameChange::Free { name: UniqueName::Coupon(coupon_code("SPRING")), owner: uuid(1) };
    let second = Version { writes: 2, events: 0 };
    store.commit(changes().with(Put::over(second, promotion(1))).with(given_up)).await?;
    assert_eq!(offers(store, None).await?, [1]);
    assert_eq!(offers(store, Some("SPRING")).await?, [1]);
    Ok(())
}

async fn offers(store: &dyn Store, code: Option<&str>) -> Result<Vec<u128>, StoreError> {
    let offers = store.offers(code.map(coupon_code).as_ref()).await?;
    Ok(offers.iter().map(|promotion| promotion.id.uuid().as_u128()).collect())
}
