use super::{Error, commerce::Engine, decide};
use crate::{
    cancellation::{CancellationFlow, CancellationState},
    capture::{CaptureFlow, CaptureState},
    domain::{
        event::DomainEvent,
        ids::{CustomerId, OrderId, OrderNumber, ShipmentId},
        order::{CapturePolicy, Move, Order, ShipmentLine},
        payment::PaymentStatus,
    },
    saga::{Runner, Start},
    storage::{ChangeSet, Page, Put, SagaRecord, SagaStatus, StockChange, StoreError, Versioned},
};

/// What was bought.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    pub(super) engine: &'a Engine,
}

/// A parcel to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShipment {
    /// Chosen by the caller: the same id with the same content is the same parcel.
    pub id: ShipmentId,
    /// What is in it; none for everything that has not been shipped.
    pub lines: Option<Vec<ShipmentLine>>,
    /// The carrier's number.
    pub tracking: Option<String>,
}

impl Orders<'_> {
    /// One order.
    pub async fn get(&self, id: OrderId) -> Result<Versioned<Order>, Error> {
        self.engine.ports.store.order(id).await?.ok_or_else(|| Error::not_found("order", id))
    }

    /// The order with this number on the invoice.
    pub async fn by_number(&self, number: &OrderNumber) -> Result<Versioned<Order>, Error> {
        let found = self.engine.ports.store.order_by_number(number).await?;
        found.ok_or_else(|| Error::not_found("order", number))
    }

    /// All orders, by id.
    pub async fn list(&self, page: Page<OrderId>) -> Result<Vec<Versioned<Order>>, Error> {
        Ok(self.engine.ports.store.orders(page).await?)
    }

    /// The orders of one customer, by id.
    pub async fn of_customer(
        &self,
        customer: CustomerId,
        page: Page<OrderId>,
    ) -> Result<Vec<Versioned<Order>>, Error> {
        Ok(self.engine.ports.store.orders_of(customer, page).await?)
    }

    /// Hands a parcel over: its stock leaves the shelf, and where money is collected at fulfilment, that begins.
    #[tracing::instrument(skip_all, fields(order = %id, shipment = %shipment.id))]
    pub async fn fulfil(&self, id: OrderId, shipment: NewShipment) -> Result<Versioned<Order>, Error> {
        Error::check_text("a tracking number", shipment.tracking.as_deref().unwrap_or_default())?;
        let shipment = &shipment;
        decide(|| async move {
            let read = self.get(id).await?;
            if let Some(known) = read.shipments.iter().find(|known| known.id == shipment.id) {
                let same = shipment.lines.as_ref().is_none_or(|lines| *lines == known.lines);
                let problem = crate::domain::order::OrderProblem::ShipmentReused { shipment: shipment.id };
                return if same { Ok(()) } else { Err(problem.into()) };
            }
            let now = self.engine.environment.clock.now();
            let mut order = Order::clone(&read);
            order.check_move(Move::Fulfil)?;
            let lines = shipment.lines.clone().unwrap_or_else(|| order.rest());
            let stock = order.fulfil(shipment.id, lines, shipment.tracking.clone(), now)?;
            let event = DomainEvent::OrderFulfilled { order: id, shipment: shipment.id };
            let mut changes = ChangeSet::new(now).with_event(event);
            if !stock.is_empty() {
                changes = changes.with(StockChange::Fulfil { order: id, lines: stock });
            }
            if order.capture == CapturePolicy::AtFulfilment {
                changes = self.with_capture(changes, &order).await?;
            }
            self.engine.ports.store.commit(changes.with(Put::over(read.version, order))).await?;
            Ok(())
        })
        .await?;
        self.go_on(id).await
    }

    /// Notes that a parcel has arrived; twice is once.
    #[tracing::instrument(skip_all, fields(order = %id, shipment = %shipment))]
    pub async fn deliver(&self, id: OrderId, shipment: ShipmentId) -> Result<Versioned<Order>, Error> {
        decide(|| async move {
            let read = self.get(id).await?;
            let now = self.engine.environment.clock.now();
            let mut order = Order::clone(&read);
            order.deliver(shipment, now)?;
            if order == *read.value {
                return Ok(());
            }
            let event = DomainEvent::OrderDelivered { order: id, shipment };
            let changes = ChangeSet::new(now).with(Put::over(read.version, order)).with_event(event);
            self.engine.ports.store.commit(changes).await?;
            Ok(())
        })
        .await?;
        self.get(id).await
    }

    /// Lets an order go on that was held for review; where money is collected at placement, that begins now.
    #[tracing::instrument(skip_all, fields(order = %id))]
    pub async fn release_hold(&self, id: OrderId) -> Result<Versioned<Order>, Error> {
        decide(|| async move {
            let read = self.get(id).await?;
            let now = self.engine.environment.clock.now();
            let mut order = Order::clone(&read);
            order.release_hold()?;
            let mut changes = ChangeSet::new(now).with_event(DomainEvent::OrderReleased { order: id });
            if order.capture == CapturePolicy::AtPlacement {
                changes = self.with_capture(changes, &order).await?;
            }
            self.engine.ports.store.commit(changes.with(Put::over(read.version, order))).await?;
            Ok(())
        })
        .await?;
        self.go_on(id).await
    }

    /// Calls off what has not been shipped, all of an order or the rest of it: its stock can be sold again, its money
    /// goes back. Twice is once.
    ///
    /// Answers as soon as the order is called off; the money follows, retried until it is back.
    ///
    /// # Errors
    /// - [`Error::Order`] when it is too late;
    /// - [`Error::TurnedBack`] when it is not known whether the money was collected.
    #[tracing::instrument(skip_all, fields(order = %id))]
    pub async fn cancel(&self, id: OrderId, reason: &str) -> Result<Versioned<Order>, Error> {
        Error::check_text("a reason", reason)?;
        let read = self.get(id).await?;
        let runner = &self.engine.cancellations;
        for attempt in 1.. {
            let saga = CancellationFlow::id(id, attempt);
            match runner.find(saga).await? {
                Some(found) if found.status == SagaStatus::TurnedBack => {}
                Some(_) => {
                    runner.resume(saga).await?;
                    return self.cancelled(runner.find(saga).await?, id).await;
                }
                // Called off so long ago that its saga, which ended when the money was back, is forgotten.
                None if read.cancelled.is_some() => return Ok(read),
                None => {
                    read.check_move(Move::Cancel)?;
                    let state = CancellationState { order: id, reason: reason.into(), voids: None };
                    let start = Start { id: saga, fingerprint: id.to_string(), state };
                    match runner.start(start).await {
                        Ok(_) | Err(StoreError::Conflict { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                    return self.cancelled(runner.find(saga).await?, id).await;
                }
            }
        }
        Ok(read)
    }

    async fn cancelled(
        &self,
        saga: Option<Versioned<SagaRecord>>,
        id: OrderId,
    ) -> Result<Versioned<Order>, Error> {
        match saga.as_ref().and_then(|saga| saga.reason.as_ref()) {
            Some(reason) => {
                Err(Error::TurnedBack { code: reason.code.clone(), message: reason.message.clone() })
            }
            None => self.get(id).await,
        }
    }

    /// Begins to collect the money beside the change that is its reason, unless that has begun.
    async fn with_capture(&self, changes: ChangeSet, order: &Order) -> Result<ChangeSet, Error> {
        let store = &self.engine.ports.store;
        let Some(payment) = order.payment else { return Ok(changes) };
        let Some(found) = store.payment(payment).await? else { return Ok(changes) };
        let saga = CaptureFlow::id(order.id);
        if found.status() != PaymentStatus::Authorized || store.saga(saga).await?.is_some() {
            return Ok(changes);
        }
        let state = CaptureState { order: order.id, payment };
        let start = Start { id: saga, fingerprint: order.id.to_string(), state };
        let record = Runner::<CaptureFlow>::begin(&start, changes.at)?;
        Ok(changes.with(Put::new(record)))
    }

    async fn go_on(&self, id: OrderId) -> Result<Versioned<Order>, Error> {
        self.engine.captures.resume(CaptureFlow::id(id)).await?;
        self.get(id).await
    }
}
