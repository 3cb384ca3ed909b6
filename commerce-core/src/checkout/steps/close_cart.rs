use async_trait::async_trait;

use crate::{
    checkout::{CheckoutFlow, CheckoutState},
    domain::cart::Cart,
    saga::{Context, Next, Reach, Step, Trouble},
    storage::{ChangeSet, Put},
};

/// Takes what was bought out of the cart; what was added meanwhile stays.
pub(crate) struct CloseCart;

#[async_trait]
impl Step<CheckoutFlow> for CloseCart {
    fn name(&self) -> &'static str {
        "close_cart"
    }

    fn reach(&self) -> Reach {
        Reach::Harmless
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let done = Next::Done(ChangeSet::new(cx.now));
        let Some(cart) = cx.ports.carts.cart(state.cart).await? else { return Ok(done) };
        let mut closed = Cart::clone(&cart);
        closed.close(state.id, &state.bought);
        if closed != *cart.value {
            closed.changed_at = cx.now;
            cx.ports.carts.put_cart(Put::over(cart.version, closed)).await?;
        }
        Ok(done)
    }
}
