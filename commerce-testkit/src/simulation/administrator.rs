use std::{future::Future, sync::Arc};

use commerce_core::{
    Commerce, Error, Retry,
    domain::{
        catalog::{Price, Product},
        ids::{OrderId, ProductId, RefundId, SagaId, ShipmentId},
        money::Money,
        order::{Order, OrderStatus, ShipmentLine},
        pricing::Promotion,
    },
    refund::RefundOrder,
    service::NewShipment,
    storage::Page,
};
use uuid::Uuid;

use super::{goods, town::Town};
use crate::dice::Dice;

/// Somebody who runs the shop: restocks, counts, changes prices, ships, cancels, refunds, and looks after what is stuck.
pub(super) struct Administrator {
    town: Arc<Town>,
    dice: Dice,
}

impl Administrator {
    pub(super) fn new(town: Arc<Town>) -> Self {
        let dice = Dice::of(town.seed ^ 0xad, 0);
        Self { town, dice }
    }

    /// Works until the run is over.
    pub(super) async fn work(mut self) {
        loop {
            let pause = self.dice.millis(100, 1_200);
            self.town.wait(pause).await;
            match self.dice.below(20) {
                0..5 => self.restock().await,
                5 => self.count().await,
                6 => self.transfer().await,
                7 => self.change_a_price().await,
                8 => self.save_a_promotion().await,
                9..15 => self.look_after_an_order().await,
                15..18 => self.refund().await,
                _ => self.look_after_sagas().await,
            };
        }
    }

    async fn restock(&mut self) -> Option<()> {
        let (shelf, units) = (goods::shelf(&mut self.dice)?, self.dice.between(1, 4).into());
        // A delivery is no retry: whoever gets no answer reads the ledger first.
        let server = self.server();
        let receive = |shop: Commerce| async move { shop.inventory().receive(shelf, units).await };
        self.town.ask(server, receive).await.map(drop)
    }

    async fn count(&mut self) -> Option<()> {
        let shelf = goods::shelf(&mut self.dice)?;
        let more = i64::from(self.dice.below(4)) - 1;
        let count = move |shop: Commerce| {
            let shelf = shelf.clone();
            async move {
                let levels = shop.inventory().levels(&shelf.sku).await?;
                let there = levels.iter().find(|level| level.key == shelf).map_or(0, |level| level.on_hand);
                shop.inventory().count(shelf, (there + more).max(0), "counted").await
            }
        };
        self.ask(count).await.map(drop)
    }

    async fn transfer(&mut self) -> Option<()> {
        let (from, to) = (goods::shelf(&mut self.dice)?, goods::location(&mut self.dice)?);
        let server = self.server();
        let transfer = |shop: Commerce| async move { shop.inventory().transfer(from, to, 1).await };
        self.town.ask(server, transfer).await.map(drop)
    }

    async fn change_a_price(&mut self) -> Option<()> {
        let read = move |shop: Commerce| async move { shop.catalog().products(Page::first(10)).await };
        let products = self.ask(read).await?.ok()?;
        let id: ProductId = self.dice.one_of(&products)?.id;
        let amounts = [(); 3].map(|()| goods::euro(&mut self.dice));
        let change = move |shop: Commerce| async move {
            let read = shop.catalog().product(id).await?;
            let mut product = Product::clone(&read);
            for variant in &mut product.variants {
                let anew = |(old, amount): (&Price, Money)| Price { amount, ..old.clone() };
                variant.prices = variant.prices.iter().zip(amounts).map(anew).collect();
            }
            shop.catalog().replace_product(&read, product).await
        };
        self.ask(change).await.map(drop)
    }

    async fn save_a_promotion(&mut self) -> Option<()> {
        let read = move |shop: Commerce| async move { shop.catalog().promotions(Page::first(10)).await };
        let promotions = self.ask(read).await?.ok()?;
        let promotion = self.dice.one_of(&promotions)?.clone();
        let more = u64::from(self.dice.below(2));
        let change = move |shop: Commerce| {
            let read = promotion.clone();
            async move {
                let limit = read.limit.map(|limit| limit + more);
                let promotion = Promotion { limit, ..Promotion::clone(&read) };
                shop.catalog().replace_promotion(&read, promotion).await
            }
        };
        self.ask(change).await.map(drop)
    }

    async fn look_after_an_order(&mut self) -> Option<()> {
        let orders = self.ask(move |shop| async move { shop.orders().list(Page::first(100)).await });
        let orders = orders.await?.ok()?;
        let order = self.dice.one_of(&orders)?.clone();
        let id = order.id;
        match order.status() {
            OrderStatus::Pending if self.dice.permille(600) => {
                self.ask(move |shop| async move { shop.orders().release_hold(id).await }).await.map(drop)
            }
            OrderStatus::Pending => self.cancel(id).await,
            OrderStatus::Confirmed if self.dice.permille(250) => self.cancel(id).await,
            OrderStatus::Confirmed => self.ship(&order).await,
            OrderStatus::Shipped => {
                let shipment = self.dice.one_of(&order.shipments)?.id;
                self.ask(move |shop| async move { shop.orders().deliver(id, shipment).await }).await.map(drop)
            }
            _ => None,
        }
    }

    async fn cancel(&mut self, id: OrderId) -> Option<()> {
        self.ask(move |shop| async move { shop.orders().cancel(id, "not to be had").await }).await.map(drop)
    }

    /// Ships everything that is left, or one line of it.
    async fn ship(&mut self, order: &Order) -> Option<()> {
        let rest = order.rest();
        let one = self.dice.permille(400).then(|| self.dice.one_of(&rest).cloned()).flatten();
        let lines: Option<Vec<ShipmentLine>> = one.map(|line| vec![line]);
        let (order, shipment) = (order.id, ShipmentId::from_uuid(self.draw_id()));
        let ship = move |shop: Commerce| {
            let shipment = NewShipment { id: shipment, lines: lines.clone(), tracking: None };
            async move { shop.orders().fulfil(order, shipment).await }
        };
        self.ask(ship).await.map(drop)
    }

    /// Refunds some of a payment, or all of it, perhaps more than is left: then it is refused.
    async fn refund(&mut self) -> Option<()> {
        let since = self.town.judge.moment();
        let payments = self.ask(move |shop| async move { shop.payments().list(Page::first(100)).await });
        let payments = payments.await?.ok()?;
        let collected: Vec<_> = payments.iter().filter(|payment| !payment.captured.is_zero()).collect();
        let payment = *self.dice.one_of(&collected)?;
        self.town.judge.read_payment(since, payment);
        let all = payment.captured.minor();
        let minor = if self.dice.permille(300) { all } else { (all / 3).max(1) };
        let amount = Money::from_minor(minor, payment.captured.currency());
        let id = RefundId::from_uuid(self.draw_id());
        let order = RefundOrder { id, payment: payment.id, amount, reason: "broken".into() };
        let refund = move |shop: Commerce| {
            let order = order.clone();
            async move { shop.payments().refund(order).await }
        };
        self.ask(refund).await.map(drop)
    }

    async fn look_after_sagas(&mut self) -> Option<()> {
        let stuck = self.ask(move |shop| async move { shop.sagas().stuck(Page::first(500)).await });
        let (stuck, _) = stuck.await?.ok()?;
        let id: SagaId = self.dice.one_of(&stuck)?.id;
        self.ask(move |shop| async move { shop.sagas().resume(id).await }).await.map(drop)
    }

    async fn ask<T, F>(&mut self, question: impl Fn(Commerce) -> F) -> Option<Result<T, Error>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        for _ in 0..4 {
            let server = self.server();
            match self.town.ask(server, &question).await {
                Some(Err(error)) if error.retry() != Retry::Never => {}
                Some(answer) => return Some(answer),
                None => {}
            }
            let pause = self.dice.millis(50, 1_000);
            self.town.wait(pause).await;
        }
        None
    }

    fn server(&mut self) -> usize {
        let servers = u32::try_from(self.town.swarm.processes).unwrap_or(1);
        usize::try_from(self.dice.below(servers)).unwrap_or_default()
    }

    fn draw_id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.dice.draw(), self.dice.draw())
    }
}
