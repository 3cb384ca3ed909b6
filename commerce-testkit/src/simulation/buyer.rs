use std::{future::Future, sync::Arc};

use commerce_core::{
    Commerce, Error, Retry,
    checkout::{Buyer as Destination, CheckoutRequest},
    domain::{
        cart::{MergePolicy, Quantity},
        customer::{Address, Email},
        ids::{CartId, CheckoutId, MarketId, Sku},
        payment::PaymentMethod,
    },
    gateway::PaymentNotice,
    memory::BuyerAnswer,
    service::{Checkout, CheckoutStatus, NewCart},
};
use uuid::Uuid;

use super::{goods, post, town::Town};
use crate::dice::Dice;

/// Somebody who buys, changes their mind, gives up, tries again, and presses everything twice.
pub(super) struct Buyer {
    town: Arc<Town>,
    dice: Dice,
    number: u32,
    cart: Option<CartId>,
}

impl Buyer {
    pub(super) fn new(town: Arc<Town>, number: u32) -> Self {
        let dice = Dice::of(town.seed ^ 0xb0b, number.into());
        Self { town, dice, number, cart: None }
    }

    /// Shops until the run is over.
    pub(super) async fn shop(mut self) {
        loop {
            self.pause(0, 2_000).await;
            self.purchase().await;
        }
    }

    async fn purchase(&mut self) -> Option<()> {
        let cart = self.fill_a_cart().await?;
        let quote =
            self.ask(move |shop| async move { shop.carts().quote(cart, Destination::default()).await });
        let total = quote.await?.ok()?.total;
        let id = CheckoutId::from_uuid(self.draw_id());
        let mut request = CheckoutRequest::new(id, cart, self.email()?, address()?, total);
        if self.dice.permille(920) {
            request = request.with_tender(self.method()?);
        }
        self.town.judge.presses(id, total);
        let checkout = self.press(&request).await;
        if self.dice.permille(60) {
            return None;
        }
        if self.dice.permille(150) {
            self.change_the_cart(cart).await;
        }
        self.see_it_through(id, checkout).await;
        if self.dice.permille(40) {
            self.reuse_the_id(request).await;
        }
        Some(())
    }

    async fn fill_a_cart(&mut self) -> Option<CartId> {
        let again = self.dice.permille(300);
        let cart = match self.cart.filter(|_| again) {
            Some(cart) => cart,
            None => {
                let create = |shop: Commerce| async move {
                    shop.carts().create(NewCart::guest(MarketId::main())).await
                };
                self.ask(create).await?.ok()?.id
            }
        };
        self.cart = Some(cart);
        for _ in 0..self.dice.between(1, 2) {
            self.add(cart).await;
        }
        if self.dice.permille(350) {
            let code = goods::coupon(&mut self.dice);
            let set = move |shop: Commerce| {
                let code = code.clone();
                async move { shop.carts().set_coupon(cart, code).await }
            };
            drop(self.ask(set).await);
        }
        if self.dice.permille(150) { self.log_in(cart).await } else { Some(cart) }
    }

    /// Turns out to be a customer, whose cart takes over this one: perhaps the same again.
    async fn log_in(&mut self, cart: CartId) -> Option<CartId> {
        let new = NewCart {
            customer: Some(goods::customer(self.number.into())),
            ..NewCart::guest(MarketId::main())
        };
        let create = move |shop: Commerce| {
            let new = new.clone();
            async move { shop.carts().create(new).await }
        };
        let own = self.ask(create).await?.ok()?.id;
        let policy =
            *self.dice.one_of(&[MergePolicy::Merge, MergePolicy::KeepGuest, MergePolicy::KeepOwn])?;
        for _ in 0..self.dice.between(1, 2) {
            let merge = move |shop: Commerce| async move { shop.carts().merge(cart, own, policy).await };
            drop(self.ask(merge).await);
        }
        if policy == MergePolicy::KeepOwn {
            self.add(own).await;
        }
        self.cart = Some(own);
        Some(own)
    }

    async fn add(&mut self, cart: CartId) -> Option<()> {
        let (sku, quantity) = (goods::pick(&mut self.dice)?, Quantity::new(self.dice.between(1, 2)).ok()?);
        let add = move |shop: Commerce| {
            let sku: Sku = sku.clone();
            async move { shop.carts().add(cart, &sku, quantity).await }
        };
        self.ask(add).await.map(drop)
    }

    async fn change_the_cart(&mut self, cart: CartId) -> Option<()> {
        if self.dice.permille(500) {
            return self.add(cart).await;
        }
        let lines =
            self.ask(move |shop| async move { shop.carts().get(cart).await }).await?.ok()?.lines.clone();
        let line = self.dice.one_of(&lines)?.id;
        if self.dice.permille(500) {
            return self
                .ask(move |shop| async move { shop.carts().remove(cart, line).await })
                .await
                .map(drop);
        }
        let quantity = Quantity::new(self.dice.between(1, 3)).ok()?;
        let set = move |shop: Commerce| async move { shop.carts().set_quantity(cart, line, quantity).await };
        self.ask(set).await.map(drop)
    }

    /// Presses "buy", perhaps twice at the same time.
    async fn press(&mut self, request: &CheckoutRequest) -> Option<Result<Checkout, Error>> {
        let start = {
            let request = request.clone();
            move |shop: Commerce| {
                let request = request.clone();
                async move { shop.checkouts().start(request).await }
            }
        };
        if self.dice.permille(150) {
            let (town, start, server) = (Arc::clone(&self.town), start.clone(), self.server());
            self.town.people(async move { drop(town.ask(server, start).await) });
        }
        self.ask(start).await
    }

    /// Looks after a checkout until it is placed, refused, or left alone.
    async fn see_it_through(&mut self, id: CheckoutId, first: Option<Result<Checkout, Error>>) -> Option<()> {
        let mut seen = first;
        let mut sent_to_the_bank = false;
        for _ in 0..self.dice.between(3, 15) {
            if let Some(Ok(checkout)) = seen {
                match checkout.status {
                    CheckoutStatus::Placed { number, .. } => {
                        self.town.judge.told_placed(id, &number);
                        return self.look_at_the_order(id).await;
                    }
                    CheckoutStatus::Refused { .. } => {
                        self.town.judge.told_refused(id);
                        return None;
                    }
                    CheckoutStatus::Stuck { .. } => return None,
                    CheckoutStatus::AwaitingTender => {
                        if self.dice.permille(150) {
                            return None;
                        }
                        self.pay_otherwise(id).await;
                    }
                    CheckoutStatus::AwaitingAction { .. } | CheckoutStatus::AwaitingConfirmation { .. }
                        if !std::mem::replace(&mut sent_to_the_bank, true) =>
                    {
                        self.act_at_the_bank(id);
                    }
                    _ => {}
                }
            }
            self.pause(200, 3_000).await;
            seen = if self.dice.permille(60) {
                self.ask(move |shop| async move { shop.checkouts().cancel(id).await }).await
            } else if self.dice.permille(100) {
                self.ask(
                    move |shop| async move { shop.checkouts().notify(PaymentNotice { checkout: id }).await },
                )
                .await
            } else {
                self.ask(move |shop| async move { shop.checkouts().get(id).await }).await
            };
        }
        None
    }

    async fn pay_otherwise(&mut self, id: CheckoutId) -> Option<()> {
        let method = self.method()?;
        let pay = move |shop: Commerce| {
            let method = method.clone();
            async move { shop.checkouts().pay(id, method).await }
        };
        self.ask(pay).await.map(drop)
    }

    /// Does what the bank asks for, sooner or later or never, and the bank sends a notice.
    fn act_at_the_bank(&mut self, id: CheckoutId) {
        let answer = match self.dice.below(10) {
            0..5 => BuyerAnswer::Approve,
            5..7 => BuyerAnswer::ApproveAsSale,
            7..9 => BuyerAnswer::Decline,
            _ => return,
        };
        let (pause, dice) = (self.dice.millis(100, 70_000), self.dice.clone());
        let town = Arc::clone(&self.town);
        self.town.people(async move {
            let mut dice = dice;
            if dice.permille(town.swarm.post.early) {
                post::send(&town, &mut dice, id);
            }
            town.wait(pause).await;
            let acted = town.bank.complete(id, answer);
            town.chance.log(|| format!("bank  {answer:?} of {id}: {acted}"));
            post::send(&town, &mut dice, id);
        });
    }

    async fn look_at_the_order(&mut self, id: CheckoutId) -> Option<()> {
        let since = self.town.judge.moment();
        let order = self.ask(move |shop| async move { shop.orders().get(id.into()).await }).await?;
        match order {
            Ok(order) => self.town.judge.read_order(since, &order),
            Err(error) if error.retry() == Retry::Never => {
                self.town.judge.note("O4", || format!("the placed order {id} cannot be read: {error}"));
            }
            Err(_) => {}
        }
        let since = self.town.judge.moment();
        let paid = self.ask(move |shop| async move { shop.payments().of_order(id.into()).await }).await?;
        paid.ok()?.iter().for_each(|payment| self.town.judge.read_payment(since, payment));
        if self.dice.permille(120) {
            self.pause(0, 3_000).await;
            drop(
                self.ask(move |shop| async move { shop.orders().cancel(id.into(), "changed my mind").await })
                    .await,
            );
        }
        let sku = goods::sku(&mut self.dice)?;
        let since = self.town.judge.moment();
        let levels = move |shop: Commerce| {
            let sku: Sku = sku.clone();
            async move { shop.inventory().levels(&sku).await }
        };
        let levels = self.ask(levels).await?.ok()?;
        self.town.judge.read_levels(since, &levels);
        Some(())
    }

    /// Sends the same id with other content.
    async fn reuse_the_id(&mut self, request: CheckoutRequest) -> Option<()> {
        let known = request.id;
        self.ask(move |shop| async move { shop.checkouts().get(known).await }).await?.ok()?;
        let other = CheckoutRequest { shipping: Some("by balloon".into()), ..request };
        let start = move |shop: Commerce| {
            let other = other.clone();
            async move { shop.checkouts().start(other).await }
        };
        if let Some(Ok(checkout)) = self.ask(start).await {
            self.town.judge.taken_twice(known, &checkout);
        }
        Some(())
    }

    /// Asks one server after the other until one has an answer that stays, or patience ends.
    async fn ask<T, F>(&mut self, question: impl Fn(Commerce) -> F) -> Option<Result<T, Error>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let mut last = None;
        for _ in 0..self.dice.between(1, 7) {
            let server = self.server();
            match self.town.ask(server, &question).await {
                Some(Err(error)) if error.retry() != Retry::Never => last = Some(Err(error)),
                Some(answer) => return Some(answer),
                None => {}
            }
            self.pause(50, 1_500).await;
        }
        last
    }

    async fn pause(&mut self, from: u32, to: u32) {
        let pause = self.dice.millis(from, to);
        self.town.wait(pause).await;
    }

    fn server(&mut self) -> usize {
        let servers = u32::try_from(self.town.swarm.processes).unwrap_or(1);
        usize::try_from(self.dice.below(servers)).unwrap_or_default()
    }

    fn method(&mut self) -> Option<PaymentMethod> {
        const TOKENS: [&str; 10] =
            ["ok", "ok", "ok", "sale", "sale", "action", "action", "pending", "decline", "decline_retry"];
        PaymentMethod::new("card", *self.dice.one_of(&TOKENS)?).ok()
    }

    fn draw_id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.dice.draw(), self.dice.draw())
    }

    fn email(&self) -> Option<Email> {
        Email::new(format!("buyer-{}@example.com", self.number)).ok()
    }
}

fn address() -> Option<Address> {
    Some(Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().ok()?))
}
