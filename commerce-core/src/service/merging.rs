use std::sync::Arc;

use super::{Carts, Error, ReservePolicy, decide};
use crate::{
    domain::{
        cart::{Cart, CartProblem, MergeNote, MergePolicy},
        ids::{CartId, Sku},
        inventory::ReleaseReason,
    },
    storage::{ChangeSet, Put, Refusal, StockChange, Versioned},
};

/// A customer's cart after a guest's cart came to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The customer's cart.
    pub cart: Versioned<Cart>,
    /// What did not come over as it was.
    pub notes: Vec<MergeNote>,
}

/// What there is to take over.
enum Guest {
    Cart(Arc<Cart>),
    Nothing(Option<MergeNote>),
}

impl Carts<'_> {
    /// Takes a guest's cart over into the cart of the customer they turned out to be.
    ///
    /// Each guest's cart is taken over once, into one cart: asking again changes nothing and answers no notes. It is
    /// closed to changes first, then its lines are added, then it is emptied; if that is cut short, asking again
    /// completes it. A login is never refused for it: what is too much is capped or left out, and told. A guest's cart
    /// that is not there any more is an empty one.
    ///
    /// # Errors
    /// There is no cart `own`, it was merged itself, or a store failed.
    pub async fn merge(&self, guest: CartId, own: CartId, policy: MergePolicy) -> Result<Merged, Error> {
        let cart = self.get(own).await?;
        if let Some(into) = cart.merged_into {
            return Err(CartProblem::Merged { into }.into());
        }
        match self.close_guest(guest, own).await? {
            Guest::Nothing(note) => Ok(Merged { cart, notes: note.into_iter().collect() }),
            Guest::Cart(taken) => {
                let merged = self.take_over(own, &taken, policy).await?;
                self.empty(guest).await?;
                Ok(merged)
            }
        }
    }

    /// Closes the guest's cart for this one, unless another has it, and gives back what it held.
    async fn close_guest(&self, guest: CartId, own: CartId) -> Result<Guest, Error> {
        let closed = decide(|| async move {
            let carts = &self.engine.ports.carts;
            let Some(read) = carts.cart(guest).await?.filter(|_| guest != own) else {
                return Ok(Guest::Nothing(None));
            };
            match read.merged_into {
                Some(into) if into == own => return Ok(Guest::Cart(read.value)),
                Some(_) => return Ok(Guest::Nothing(Some(MergeNote::MergedElsewhere))),
                None if read.customer.is_some() => return Ok(Guest::Nothing(Some(MergeNote::NotAGuest))),
                None => {}
            }
            let closed = Cart { merged_into: Some(own), ..Cart::clone(&read) };
            carts.put_cart(Put::over(read.version, closed.clone())).await?;
            Ok(Guest::Cart(Arc::new(closed)))
        })
        .await?;
        if let Guest::Cart(cart) = &closed
            && let Some(hold) = cart.hold
            && let Some(held) = self.engine.ports.store.reservation(hold).await?
            && !held.held_lines().is_empty()
        {
            let (why, lines) = (ReleaseReason::Replaced, held.lines.clone());
            let changes = ChangeSet::new(self.engine.environment.clock.now());
            let release = StockChange::Release { id: hold, why, lines };
            self.engine.ports.store.commit(changes.with(release)).await?;
        }
        Ok(closed)
    }

    async fn take_over(&self, own: CartId, guest: &Cart, policy: MergePolicy) -> Result<Merged, Error> {
        let listings = &self.listings(&guest.skus()).await?;
        decide(|| async move {
            let read = self.get(own).await?;
            if read.merged.contains(&guest.id) {
                return Ok(Merged { cart: read, notes: Vec::new() });
            }
            let mut cart = Cart::clone(&read);
            let sold = |sku: &Sku| {
                let listing = listings.get(sku).filter(|listing| read.sells(listing))?;
                Some(listing.variant())
            };
            let mut notes = cart.take_over(guest, policy, sold);
            cart.changed_at = self.engine.environment.clock.now();
            if let ReservePolicy::OnAddToCart { hold } = self.engine.habits.reserve {
                match self.hold(&mut cart, hold).await {
                    Err(Error::Refused(Refusal::InsufficientStock { .. })) => {
                        cart.hold = read.hold;
                        notes.push(MergeNote::NotHeld);
                    }
                    held => held?,
                }
            }
            let version = self.engine.ports.carts.put_cart(Put::over(read.version, cart.clone())).await?;
            Ok(Merged { cart: Versioned { value: Arc::new(cart), version }, notes })
        })
        .await
    }

    /// Empties a guest's cart that was taken over, so that nobody takes it over again.
    async fn empty(&self, guest: CartId) -> Result<(), Error> {
        decide(|| async move {
            let read = self.get(guest).await?;
            if read.lines.is_empty() && read.hold.is_none() && read.coupon.is_none() {
                return Ok(());
            }
            let empty = Cart { lines: Vec::new(), coupon: None, hold: None, ..Cart::clone(&read) };
            self.engine.ports.carts.put_cart(Put::over(read.version, empty)).await?;
            Ok(())
        })
        .await
    }
}
