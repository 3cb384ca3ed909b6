//! A payment gateway of one's own: what a bank offers, made into what the engine asks for.
//!
//! `cargo run --example custom_gateway`. The bank loses every second reply; nobody is charged twice.
//! `tests/custom_gateway.rs` proves it with the rules that every gateway has to keep.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use commerce_kit::{
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, TryAgain, VoidOutcome, VoidRequest,
    },
    service::CheckoutStatus,
};
use commerce_testkit::shop::TestShop;

/// The bank as the shop's gateway.
#[derive(Debug)]
pub(crate) struct BankGateway {
    pub(crate) bank: Bank,
}

#[async_trait]
impl PaymentGateway for BankGateway {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        let (checkout, card) = (request.checkout.to_string(), request.method.token.reveal().to_owned());
        let order = Order::Hold { checkout, cents: request.amount.minor(), card };
        Ok(authorization(self.send(&request.key, order).await?))
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        let order = Order::Take { hold: request.reference, cents: request.amount.minor() };
        self.send(&request.key, order).await.map(drop)
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        let reply = self.send(&request.key, Order::Drop { hold: request.reference }).await?;
        Ok(if reply.state == State::Taken { VoidOutcome::Captured } else { VoidOutcome::Voided })
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        let order = Order::Return { hold: request.reference, cents: request.amount.minor() };
        self.send(&request.key, order).await.map(drop)
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        let known = self.bank.status(key.as_str()).await.map_err(GatewayError::uncertain)?;
        Ok(match known {
            None => Lookup::NotFound,
            Some((Order::Hold { .. }, reply)) if reply.state == State::Dropped => Lookup::Closed,
            Some((Order::Hold { .. }, reply)) => Lookup::Authorization(authorization(reply)),
            Some(_) => Lookup::Done,
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: Duration::from_secs(24 * 60 * 60) }
    }
}

impl BankGateway {
    /// The one rule of a gateway: a reply that did not come is no reply. Only the bank itself can say no.
    async fn send(&self, key: &IdempotencyKey, order: Order) -> Result<Reply, GatewayError> {
        let reply = self.bank.send(key.as_str(), order).await.map_err(GatewayError::uncertain)?;
        reply.map_err(|No(code)| GatewayError::Rejected {
            code: code.into(),
            message: "the bank said no".into(),
        })
    }
}

fn authorization(Reply { hold: reference, state }: Reply) -> Authorization {
    match state {
        State::Held | State::Dropped => Authorization::Authorized { reference },
        State::Taken => Authorization::Captured { reference },
        State::Refused => {
            Authorization::Declined { reason: "the card is empty".into(), retry: TryAgain::OtherMethod }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Arc::new(BankGateway { bank: Bank::that_loses_every(2) });
    let shop = TestShop::with(|parts| parts.payments(gateway.clone()));
    shop.sells("MUG", "12.90", 3).await;
    for _ in 0..3 {
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        let mut checkout = shop.buy(cart, "ok").await;
        // What was not answered is asked for again a little later, under the same key.
        while matches!(checkout.status, CheckoutStatus::Processing) {
            shop.clock.advance(Duration::from_secs(60));
            shop.commerce.run_due(100).await?;
            checkout = shop.commerce.checkouts().get(checkout.id).await?;
        }
        println!("{:?}", checkout.status);
    }
    shop.clock.advance(Duration::from_secs(600));
    shop.commerce.run_due(100).await?;
    for hold in gateway.bank.holds() {
        println!("checkout {}: {:?}, {} cents", hold.checkout, hold.state, hold.cents);
    }
    assert_eq!(gateway.bank.holds().len(), 3, "each was charged once");
    Ok(())
}

/// A bank that holds money on a card, takes what it holds, drops it or returns it. It remembers what was ordered
/// under a key, and carries that out once.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    loses_every: Option<u32>,
    books: Mutex<Books>,
}

/// What a bank can be told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Order {
    Hold { checkout: String, cents: i64, card: String },
    Take { hold: String, cents: i64 },
    Drop { hold: String },
    Return { hold: String, cents: i64 },
}

/// How a hold stands.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    hold: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Held,
    Taken,
    Dropped,
    Refused,
}

/// The bank's own no, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct No(&'static str);

/// What the bank has written down of one card and checkout.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) checkout: String,
    pub(crate) cents: i64,
    pub(crate) returned: i64,
    pub(crate) state: State,
}

#[derive(Debug, Default)]
struct Books {
    replies: u32,
    orders: BTreeMap<String, (Order, Result<String, No>)>,
    holds: BTreeMap<String, Hold>,
}

impl Bank {
    pub(crate) fn that_loses_every(nth: u32) -> Self {
        Self { loses_every: Some(nth), books: Mutex::default() }
    }

    pub(crate) fn holds(&self) -> Vec<Hold> {
        self.books().holds.values().cloned().collect()
    }

    async fn send(&self, key: &str, order: Order) -> Result<Result<Reply, No>, &'static str> {
        let mut books = self.books();
        let done = match books.orders.get(key) {
            Some((known, done)) if *known == order => done.clone(),
            Some(_) => Err(No("key_reused")),
            None => {
                let done = books.carry_out(&order);
                books.orders.insert(key.into(), (order, done.clone()));
                done
            }
        };
        books.replies += 1;
        match self.loses_every {
            Some(nth) if books.replies.is_multiple_of(nth) => Err("the line went dead"),
            _ => Ok(done.map(|hold| books.reply(hold))),
        }
    }

    /// What was carried out under a key, and how that hold stands now.
    async fn status(&self, key: &str) -> Result<Option<(Order, Reply)>, &'static str> {
        let books = self.books();
        let Some((order, Ok(hold))) = books.orders.get(key) else { return Ok(None) };
        Ok(Some((order.clone(), books.reply(hold.clone()))))
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn carry_out(&mut self, order: &Order) -> Result<String, No> {
        let (Order::Take { hold: id, .. } | Order::Drop { hold: id } | Order::Return { hold: id, .. }) =
            order
        else {
            return Ok(self.open(order));
        };
        let hold = self.holds.get_mut(id).ok_or(No("unknown_hold"))?;
        match (order, hold.state) {
            (Order::Take { cents, .. }, State::Held) if *cents == hold.cents => hold.state = State::Taken,
            (Order::Drop { .. }, State::Held) => hold.state = State::Dropped,
            (Order::Drop { .. }, _) => {}
            (Order::Return { cents, .. }, State::Taken) if hold.returned + cents <= hold.cents => {
                hold.returned += cents;
            }
            _ => return Err(No("not_in_this_state")),
        }
        Ok(id.clone())
    }

    fn open(&mut self, order: &Order) -> String {
        let id = format!("hold-{:04}", self.holds.len() + 1);
        if let Order::Hold { checkout, cents, card } = order {
            let state = match card.as_str() {
                "empty" => State::Refused,
                "sale" => State::Taken,
                _ => State::Held,
            };
            let hold = Hold { checkout: checkout.clone(), cents: *cents, returned: 0, state };
            self.holds.insert(id.clone(), hold);
        }
        id
    }

    fn reply(&self, hold: String) -> Reply {
        let state = self.holds.get(&hold).map_or(State::Refused, |hold| hold.state);
        Reply { hold, state }
    }
}
