use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{ids::CheckoutId, money::Money},
    gateway::{
        Authorization, AuthorizeRequest, BuyerAction, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        RefundRequest, TryAgain, VoidOutcome, VoidRequest,
    },
};

/// One tender in the gateway's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// The gateway's name for it.
    pub reference: String,
    /// The key it was asked for under.
    pub key: IdempotencyKey,
    /// The checkout it pays for.
    pub checkout: CheckoutId,
    /// What was asked for.
    pub amount: Money,
    /// What was promised, even if it was given up later.
    pub authorized: Money,
    /// What was collected.
    pub captured: Money,
    /// What was given back of that.
    pub refunded: Money,
    /// Whether the promise was given up.
    pub voided: bool,
}

/// How often each method was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// `authorize`.
    pub authorize: u64,
    /// `capture`.
    pub capture: u64,
    /// `void`.
    pub void: u64,
    /// `refund`.
    pub refund: u64,
    /// `lookup`.
    pub lookup: u64,
}

/// What the buyer, or the bank, says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuyerAnswer {
    /// The money is promised.
    Approve,
    /// The money is collected at once.
    ApproveAsSale,
    /// No money.
    Decline,
}

/// What was asked for under which key, and what came of it.
#[derive(Default)]
pub(super) struct Books {
    pub(super) calls: Calls,
    known: BTreeMap<IdempotencyKey, Known>,
    tenders: BTreeMap<String, Tender>,
    /// Checkouts to which an answer was lost already.
    lost: BTreeSet<CheckoutId>,
}

struct Known {
    request: Request,
    /// The tender it was about, or why it was rejected: for good.
    outcome: Result<String, Rejection>,
}

#[derive(PartialEq)]
enum Request {
    Authorize(AuthorizeRequest),
    Capture(CaptureRequest),
    Void(VoidRequest),
    Refund(RefundRequest),
}

struct Tender {
    reference: String,
    request: AuthorizeRequest,
    stage: Stage,
    refunded: Money,
    voided: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Action,
    Pending,
    Authorized,
    Captured,
    Declined(TryAgain),
}

/// Why a request was rejected.
#[derive(Clone, Copy)]
pub(super) struct Rejection(&'static str, &'static str);

const KEY_REUSED: Rejection = Rejection("key_reused", "the key was used for another request");
const NO_AMOUNT: Rejection = Rejection("invalid_amount", "an amount must be more than zero");
const NO_SUCH_TENDER: Rejection = Rejection("unknown_reference", "there is no such authorisation");
const VOIDED: Rejection = Rejection("voided", "the authorisation was given up");
const NOT_AUTHORIZED: Rejection = Rejection("not_authorized", "the money was never promised");
const CAPTURED: Rejection = Rejection("already_captured", "the money was collected already");
const NOT_CAPTURED: Rejection = Rejection("not_captured", "nothing was collected yet");
const NOT_ALL: Rejection = Rejection("amount_mismatch", "all of the promised money is collected, or none");
const TOO_MUCH: Rejection = Rejection("refund_too_large", "more would be given back than was collected");
const NOTHING_WAITS: Rejection = Rejection("nothing_waits", "no tender of the checkout waits for an answer");

impl Books {
    /// Whether no answer to this checkout was lost yet; from now on one was.
    pub(super) fn is_first_to_lose(&mut self, checkout: CheckoutId) -> bool {
        self.lost.insert(checkout)
    }

    pub(super) fn authorize(&mut self, request: AuthorizeRequest) -> Result<Authorization, Rejection> {
        let key = request.key.clone();
        let tender = self.once(&key, Request::Authorize(request.clone()), |books| books.open(request))?;
        Ok(self.tender(&tender)?.answer())
    }

    pub(super) fn capture(&mut self, request: CaptureRequest) -> Result<(), Rejection> {
        let CaptureRequest { key, reference, amount } = request.clone();
        self.once(&key, Request::Capture(request), |books| {
            let tender = books.tender(&reference)?;
            tender.check_promised()?;
            if amount != tender.request.amount {
                return Err(NOT_ALL);
            }
            tender.stage = Stage::Captured;
            Ok(reference)
        })?;
        Ok(())
    }

    /// A void that came too early to stop anything is judged again when it is repeated.
    pub(super) fn void(&mut self, request: VoidRequest) -> Result<VoidOutcome, Rejection> {
        let VoidRequest { key, reference } = request.clone();
        self.once(&key, Request::Void(request), |books| books.tender(&reference).map(|_| reference.clone()))?;
        let tender = self.tender(&reference)?;
        match tender.stage {
            Stage::Captured => return Ok(VoidOutcome::Captured),
            Stage::Pending => return Ok(VoidOutcome::Pending { until: tender.until() }),
            Stage::Action | Stage::Authorized | Stage::Declined(_) => tender.voided = true,
        }
        Ok(VoidOutcome::Voided)
    }

    pub(super) fn refund(&mut self, request: RefundRequest) -> Result<(), Rejection> {
        let RefundRequest { key, reference, amount } = request.clone();
        self.once(&key, Request::Refund(request), |books| {
            let tender = books.tender(&reference)?;
            if tender.stage != Stage::Captured {
                return Err(NOT_CAPTURED);
            }
            check_amount(amount)?;
            let refunded = tender.refunded.plus(amount).map_err(|_| TOO_MUCH)?;
            if refunded.minor() > tender.request.amount.minor() {
                return Err(TOO_MUCH);
            }
            tender.refunded = refunded;
            Ok(reference)
        })?;
        Ok(())
    }

    pub(super) fn lookup(&self, key: &IdempotencyKey) -> Lookup {
        let known = self.known.get(key).and_then(|known| Some((known, known.outcome.as_ref().ok()?)));
        let Some((known, reference)) = known else { return Lookup::NotFound };
        match (&known.request, self.tenders.get(reference)) {
            (Request::Authorize(_), Some(tender)) if tender.voided => Lookup::Closed,
            (Request::Authorize(_), Some(tender)) => Lookup::Authorization(tender.answer()),
            (Request::Void(_), Some(tender)) if !tender.voided => Lookup::NotFound,
            (_, None) => Lookup::NotFound,
            (Request::Capture(_) | Request::Void(_) | Request::Refund(_), Some(_)) => Lookup::Done,
        }
    }

    pub(super) fn complete(&mut self, checkout: CheckoutId, answer: BuyerAnswer) -> Result<(), Rejection> {
        let waiting = |tender: &&mut Tender| tender.request.checkout == checkout && tender.waits();
        let tender = self.tenders.values_mut().rev().find(waiting).ok_or(NOTHING_WAITS)?;
        tender.stage = match answer {
            BuyerAnswer::Approve => Stage::Authorized,
            BuyerAnswer::ApproveAsSale => Stage::Captured,
            BuyerAnswer::Decline => Stage::Declined(TryAgain::OtherMethod),
        };
        Ok(())
    }

    pub(super) fn entries(&self) -> Vec<BookEntry> {
        self.tenders.values().filter(|tender| tender.had_effect()).map(Tender::entry).collect()
    }

    /// Does what is asked under a key once: a repetition gets what came of it, another request nothing.
    fn once(
        &mut self,
        key: &IdempotencyKey,
        request: Request,
        effect: impl FnOnce(&mut Self) -> Result<String, Rejection>,
    ) -> Result<String, Rejection> {
        if let Some(known) = self.known.get(key) {
            return if known.request == request { known.outcome.clone() } else { Err(KEY_REUSED) };
        }
        let outcome = effect(self);
        self.known.insert(key.clone(), Known { request, outcome: outcome.clone() });
        outcome
    }

    fn open(&mut self, request: AuthorizeRequest) -> Result<String, Rejection> {
        check_amount(request.amount)?;
        let stage = match request.method.token.reveal() {
            "sale" => Stage::Captured,
            "action" => Stage::Action,
            "pending" => Stage::Pending,
            "decline" => Stage::Declined(TryAgain::OtherMethod),
            "decline_retry" => Stage::Declined(TryAgain::SameMethod),
            _ => Stage::Authorized,
        };
        // Padded, so that references stand in the order of their numbers.
        let reference = format!("test_{:08}", self.tenders.len() + 1);
        let refunded = Money::zero(request.amount.currency());
        let tender = Tender { reference: reference.clone(), request, stage, refunded, voided: false };
        self.tenders.insert(reference.clone(), tender);
        Ok(reference)
    }

    fn tender(&mut self, reference: &str) -> Result<&mut Tender, Rejection> {
        self.tenders.get_mut(reference).ok_or(NO_SUCH_TENDER)
    }
}

impl Tender {
    /// How it stands now. There is no answer "given up": a repetition after a void gets what was voided.
    fn answer(&self) -> Authorization {
        let (reference, until) = (self.reference.clone(), self.until());
        match self.stage {
            Stage::Action => {
                let url = format!("https://gateway.test/pay/{reference}");
                Authorization::ActionRequired { reference, action: BuyerAction::Redirect { url }, until }
            }
            Stage::Pending => Authorization::Pending { reference, until },
            Stage::Authorized => Authorization::Authorized { reference },
            Stage::Captured => Authorization::Captured { reference },
            Stage::Declined(retry) => Authorization::Declined { reason: "card_declined".into(), retry },
        }
    }

    fn check_promised(&self) -> Result<(), Rejection> {
        match self.stage {
            _ if self.voided => Err(VOIDED),
            Stage::Authorized => Ok(()),
            Stage::Captured => Err(CAPTURED),
            Stage::Action | Stage::Pending | Stage::Declined(_) => Err(NOT_AUTHORIZED),
        }
    }

    fn waits(&self) -> bool {
        matches!(self.stage, Stage::Action | Stage::Pending) && !self.voided
    }

    const fn had_effect(&self) -> bool {
        matches!(self.stage, Stage::Authorized | Stage::Captured)
    }

    fn until(&self) -> DateTime<Utc> {
        self.request.at + TimeDelta::minutes(10)
    }

    fn entry(&self) -> BookEntry {
        let AuthorizeRequest { key, checkout, amount, .. } = &self.request;
        let captured = if self.stage == Stage::Captured { *amount } else { Money::zero(amount.currency()) };
        BookEntry {
            reference: self.reference.clone(),
            key: key.clone(),
            checkout: *checkout,
            amount: *amount,
            authorized: *amount,
            captured,
            refunded: self.refunded,
            voided: self.voided,
        }
    }
}

fn check_amount(amount: Money) -> Result<(), Rejection> {
    if amount.is_zero() || amount.is_negative() { Err(NO_AMOUNT) } else { Ok(()) }
}

impl From<Rejection> for GatewayError {
    fn from(Rejection(code, message): Rejection) -> Self {
        Self::Rejected { code: code.into(), message: message.into() }
    }
}
