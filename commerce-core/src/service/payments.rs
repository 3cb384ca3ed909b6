use super::{Error, commerce::Engine};
use crate::{
    domain::{
        ids::{OrderId, PaymentId, RefundId},
        payment::{Payment, Refund},
    },
    refund::RefundOrder,
    saga::Start,
    storage::{Page, StoreError, Versioned},
};

/// What was paid.
#[derive(Debug, Clone, Copy)]
pub struct Payments<'a> {
    pub(super) engine: &'a Engine,
}

impl Payments<'_> {
    /// One payment.
    pub async fn get(&self, id: PaymentId) -> Result<Versioned<Payment>, Error> {
        self.engine.ports.store.payment(id).await?.ok_or_else(|| Error::not_found("payment", id))
    }

    /// All payments, by id.
    pub async fn list(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, Error> {
        Ok(self.engine.ports.store.payments(page).await?)
    }

    /// The payments of one order.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<Versioned<Payment>>, Error> {
        Ok(self.engine.ports.store.payments_of(order.into()).await?)
    }

    /// Gives collected money back, all or part of it. Asking twice under one id gives it back once.
    ///
    /// Answers as soon as the refund is promised in the books; the gateway is asked until it has done it.
    ///
    /// # Errors
    /// - [`Error::Payment`] when nothing was collected, or less is left;
    /// - [`Error::Reused`] when the id was used for something else.
    #[tracing::instrument(skip_all, fields(payment = %order.payment, refund = %order.id))]
    pub async fn refund(&self, order: RefundOrder) -> Result<Refund, Error> {
        Error::check_text("a reason", &order.reason)?;
        let (id, payment) = (order.id, order.payment);
        let runner = &self.engine.refunds;
        let fingerprint = format!("{payment} {} {}", order.amount, order.reason);
        match runner.find(id.into()).await? {
            Some(_) => {
                runner.resume(id.into()).await?;
            }
            None => {
                let mut trial = Payment::clone(&*self.get(payment).await?);
                // Its saga has just been begun by somebody else, or is forgotten: the payment remembers it.
                if let Some(known) = trial.refunds.iter().find(|known| known.id == id) {
                    let same = known.amount == order.amount && known.reason == order.reason;
                    let reused = || Error::Reused { what: "refund", id: id.to_string() };
                    return if same { Ok(known.clone()) } else { Err(reused()) };
                }
                trial.promise_refund(id, order.amount, &order.reason)?;
                let start = Start { id: id.into(), fingerprint: fingerprint.clone(), state: order };
                match runner.start(start).await {
                    Ok(_) | Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let Some(saga) = runner.find(id.into()).await? else { return Err(Error::not_found("refund", id)) };
        if saga.fingerprint != fingerprint {
            return Err(Error::Reused { what: "refund", id: id.to_string() });
        }
        if let Some(reason) = &saga.reason {
            return Err(Error::TurnedBack { code: reason.code.clone(), message: reason.message.clone() });
        }
        self.promised(payment, id).await
    }

    async fn promised(&self, payment: PaymentId, id: RefundId) -> Result<Refund, Error> {
        let found = self.get(payment).await?;
        let refund = found.refunds.iter().find(|refund| refund.id == id).cloned();
        refund.ok_or_else(|| Error::not_found("refund", id))
    }
}
