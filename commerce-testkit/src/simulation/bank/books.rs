use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use commerce_core::{
    domain::{ids::CheckoutId, money::Money},
    gateway::{
        Authorization, AuthorizeRequest, BuyerAction, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        RefundRequest, TryAgain, VoidOutcome, VoidRequest,
    },
    memory::{BookEntry, BuyerAnswer},
};

use super::{Bank, Temper};

/// What was asked for under which key, and what came of it.
pub(in super::super) struct Books {
    temper: Temper,
    /// What the bank remembers.
    known: BTreeMap<IdempotencyKey, Known>,
    /// What it was ever asked, for the judge's eyes.
    ever: BTreeMap<IdempotencyKey, Request>,
    tenders: BTreeMap<String, Tender>,
}

struct Known {
    at: DateTime<Utc>,
    request: Request,
    reference: Option<String>,
    answer: Result<Answer, &'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Request {
    Authorize(AuthorizeRequest),
    Capture(CaptureRequest),
    Void(VoidRequest),
    Refund(RefundRequest),
}

#[derive(Debug, Clone)]
pub(super) enum Answer {
    Authorize(Authorization),
    Void(VoidOutcome),
    Done,
}

struct Tender {
    reference: String,
    request: AuthorizeRequest,
    stage: Stage,
    /// When whoever it waits for has waited for too long.
    until: DateTime<Utc>,
    captured: Money,
    refunded: Money,
    voided: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Action,
    Pending,
    Promised,
    Declined(TryAgain),
}

impl Books {
    pub(super) fn new(temper: Temper) -> Self {
        Self { temper, known: BTreeMap::new(), ever: BTreeMap::new(), tenders: BTreeMap::new() }
    }

    /// What was asked under this key before, if ever, and whether the bank has forgotten it.
    pub(in super::super) fn before(
        &self,
        key: &IdempotencyKey,
        now: DateTime<Utc>,
    ) -> Option<(&Request, bool)> {
        self.ever.get(key).map(|request| (request, self.remembered(key, now).is_none()))
    }

    /// What each tender of a checkout has collected, less what was given back.
    pub(in super::super) fn charged(&self, checkout: CheckoutId) -> Vec<Money> {
        let mine = self.tenders.values().filter(|tender| tender.request.checkout == checkout);
        mine.filter_map(|tender| tender.captured.minus(tender.refunded).ok()).collect()
    }

    /// The answer, and the checkout whose money has moved, if any has.
    pub(super) fn ask(
        &mut self,
        key: &IdempotencyKey,
        request: &Request,
        now: DateTime<Utc>,
    ) -> (Result<Answer, GatewayError>, Option<CheckoutId>) {
        self.ever.entry(key.clone()).or_insert_with(|| request.clone());
        if let Some(known) = self.remembered(key, now) {
            return (self.again(known, request, now).map_err(rejected), None);
        }
        let (reference, answer) = match self.tender_for(request, now) {
            Ok(reference) => (Some(reference.clone()), self.act(&reference, request, now)),
            Err(why) => (None, Err(why)),
        };
        let moved = answer.is_ok().then(|| self.tenders.get(reference.as_deref()?)).flatten();
        let moved = moved.map(|tender| tender.request.checkout);
        let known = Known { at: now, request: request.clone(), reference, answer: answer.clone() };
        self.known.insert(key.clone(), known);
        (answer.map_err(rejected), moved)
    }

    pub(super) fn lookup(&self, key: &IdempotencyKey, now: DateTime<Utc>) -> Lookup {
        let known = self.remembered(key, now).filter(|known| known.answer.is_ok());
        let tender = |known: &Known| self.tenders.get(known.reference.as_deref()?);
        match known.and_then(|known| Some((&known.request, tender(known)?))) {
            None => Lookup::NotFound,
            Some((Request::Authorize(_), tender)) if tender.voided => Lookup::Closed,
            Some((Request::Authorize(_), tender)) => Lookup::Authorization(tender.answer(now)),
            Some((Request::Void(_), tender)) if !tender.voided => Lookup::NotFound,
            Some(_) => Lookup::Done,
        }
    }

    pub(super) fn complete(&mut self, checkout: CheckoutId, answer: BuyerAnswer, now: DateTime<Utc>) -> bool {
        let waits = |tender: &&mut Tender| tender.request.checkout == checkout && tender.waits(now);
        let Some(tender) = self.tenders.values_mut().rev().find(waits) else { return false };
        tender.stage = match answer {
            BuyerAnswer::Approve | BuyerAnswer::ApproveAsSale => Stage::Promised,
            BuyerAnswer::Decline => Stage::Declined(TryAgain::OtherMethod),
        };
        if answer == BuyerAnswer::ApproveAsSale {
            tender.captured = tender.request.amount;
        }
        true
    }

    pub(super) fn entries(&self) -> Vec<BookEntry> {
        self.tenders.values().filter(|tender| tender.stage == Stage::Promised).map(Tender::entry).collect()
    }

    fn remembered(&self, key: &IdempotencyKey, now: DateTime<Utc>) -> Option<&Known> {
        self.known.get(key).filter(|known| now < known.at + Bank::RETENTION)
    }

    /// The same request once more.
    fn again(&self, known: &Known, request: &Request, now: DateTime<Utc>) -> Result<Answer, &'static str> {
        if known.request != *request {
            return Err("key_reused");
        }
        let tender = known.reference.as_ref().and_then(|reference| self.tenders.get(reference));
        match (&known.answer, tender, request) {
            (Ok(_), Some(tender), Request::Authorize(_)) if self.temper == Temper::Permissive => {
                Ok(Answer::Authorize(tender.answer(now)))
            }
            (answer, _, _) => answer.clone(),
        }
    }

    fn tender_for(&mut self, request: &Request, now: DateTime<Utc>) -> Result<String, &'static str> {
        match request {
            Request::Authorize(request) => self.open(request, now),
            Request::Capture(CaptureRequest { reference, .. })
            | Request::Void(VoidRequest { reference, .. })
            | Request::Refund(RefundRequest { reference, .. }) => {
                self.tenders.get(reference).map(|_| reference.clone()).ok_or("unknown_reference")
            }
        }
    }

    fn open(&mut self, request: &AuthorizeRequest, now: DateTime<Utc>) -> Result<String, &'static str> {
        if request.amount.minor() <= 0 {
            return Err("invalid_amount");
        }
        let nothing = Money::zero(request.amount.currency());
        let (stage, captured) = match request.method.token.reveal() {
            "sale" => (Stage::Promised, request.amount),
            "action" => (Stage::Action, nothing),
            "pending" => (Stage::Pending, nothing),
            "decline" => (Stage::Declined(TryAgain::OtherMethod), nothing),
            "decline_retry" => (Stage::Declined(TryAgain::SameMethod), nothing),
            _ => (Stage::Promised, nothing),
        };
        let reference = format!("bank_{:06}", self.tenders.len() + 1);
        let until = now + TimeDelta::seconds(90);
        let (request, refunded) = (request.clone(), nothing);
        let tender =
            Tender { reference: reference.clone(), request, stage, until, captured, refunded, voided: false };
        self.tenders.insert(reference.clone(), tender);
        Ok(reference)
    }

    fn act(
        &mut self,
        reference: &str,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<Answer, &'static str> {
        let strict = self.temper == Temper::Strict;
        let tender = self.tenders.get_mut(reference).ok_or("unknown_reference")?;
        match request {
            Request::Authorize(_) => Ok(Answer::Authorize(tender.answer(now))),
            Request::Capture(request) => tender.capture(request.amount, strict).map(|()| Answer::Done),
            Request::Void(_) => Ok(Answer::Void(tender.void(now))),
            Request::Refund(request) => tender.refund(request.amount, strict).map(|()| Answer::Done),
        }
    }
}

impl Tender {
    fn answer(&self, now: DateTime<Utc>) -> Authorization {
        let (reference, until) = (self.reference.clone(), self.until);
        match self.stage {
            Stage::Action | Stage::Pending if now >= until => {
                Authorization::Declined { reason: "too_late".into(), retry: TryAgain::SameMethod }
            }
            Stage::Action => {
                let url = format!("https://bank.test/{reference}");
                Authorization::ActionRequired { reference, action: BuyerAction::Redirect { url }, until }
            }
            Stage::Pending => Authorization::Pending { reference, until },
            Stage::Promised if self.captured.is_zero() => Authorization::Authorized { reference },
            Stage::Promised => Authorization::Captured { reference },
            Stage::Declined(retry) => Authorization::Declined { reason: "declined".into(), retry },
        }
    }

    fn capture(&mut self, amount: Money, strict: bool) -> Result<(), &'static str> {
        match self.stage {
            Stage::Promised if self.voided => Err("voided"),
            Stage::Promised if strict && !self.captured.is_zero() => Err("already_captured"),
            Stage::Promised if strict && amount != self.request.amount => Err("amount_mismatch"),
            Stage::Promised => {
                self.captured = self.captured.plus(amount).map_err(|_| "amount_mismatch")?;
                Ok(())
            }
            _ => Err("not_promised"),
        }
    }

    fn void(&mut self, now: DateTime<Utc>) -> VoidOutcome {
        if !self.captured.is_zero() {
            return VoidOutcome::Captured;
        }
        if self.stage == Stage::Pending && now < self.until {
            return VoidOutcome::Pending { until: self.until };
        }
        self.voided = true;
        VoidOutcome::Voided
    }

    fn refund(&mut self, amount: Money, strict: bool) -> Result<(), &'static str> {
        let refunded = self.refunded.plus(amount).map_err(|_| "amount_mismatch")?;
        if self.captured.is_zero() || amount.minor() <= 0 {
            return Err("not_captured");
        }
        if strict && refunded > self.captured {
            return Err("refund_too_large");
        }
        self.refunded = refunded;
        Ok(())
    }

    fn waits(&self, now: DateTime<Utc>) -> bool {
        matches!(self.stage, Stage::Action | Stage::Pending) && !self.voided && now < self.until
    }

    fn entry(&self) -> BookEntry {
        let AuthorizeRequest { key, checkout, amount, .. } = &self.request;
        BookEntry {
            reference: self.reference.clone(),
            key: key.clone(),
            checkout: *checkout,
            amount: *amount,
            authorized: *amount,
            captured: self.captured,
            refunded: self.refunded,
            voided: self.voided,
        }
    }
}

fn rejected(code: &'static str) -> GatewayError {
    GatewayError::Rejected { code: code.into(), message: code.into() }
}
