use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use commerce_core::{
    domain::ids::{CheckoutId, SagaId},
    environment::Clock,
    storage::{SagaRecord, SagaStatus},
};

use super::{checks, judge::State, town::Town};
use crate::invariants::{self, Moment, Violation};

/// The longest a shop takes to come to rest once nothing goes wrong any more.
pub(super) const REST: TimeDelta = TimeDelta::minutes(20);
/// How often the administrator lets stuck sagas try again.
const ROUNDS: u32 = 3;

/// Nothing goes wrong any more: everything must come to rest in time, and then all must add up.
pub(super) fn phase(town: &Arc<Town>) {
    town.close_until(None);
    let end = town.clock.now() + REST;
    let mut rounds = 0;
    while town.judge.found().is_empty() {
        town.open();
        if rests(town) {
            let stuck = stuck(town);
            if stuck.is_empty() || rounds == ROUNDS {
                return in_the_end(town);
            }
            rounds += 1;
            stuck.iter().for_each(|saga| resume(town, saga.id));
        }
        if town.clock.now() > end {
            town.judge
                .note("G3", || format!("no rest within {} minutes: {}", REST.num_minutes(), unrest(town)));
        }
        town.stage.run_until(town.clock.now() + Duration::from_secs(2));
    }
}

/// Whether nothing is left to do.
fn rests(town: &Town) -> bool {
    let (store, far) = (Arc::clone(&town.store), town.clock.now() + TimeDelta::days(365));
    let reading = async move {
        let idle = store.due(far, 1).await?.is_empty()
            && store.undelivered(far, 1).await?.is_empty()
            && store.expired_holds(far, None, 1).await?.is_empty();
        Ok::<_, commerce_core::storage::StoreError>(idle)
    };
    matches!(town.read(reading), Some(Ok(true)))
}

fn unrest(town: &Town) -> String {
    let live = |state: &State| {
        let live = state.model.sagas.values().map(|(_, saga)| saga).filter(|saga| !saga.has_ended());
        live.map(|saga| format!("{} {} {:?} at step {}", saga.kind, saga.id, saga.status, saga.step))
            .collect()
    };
    let live: Vec<String> = town.judge.look(live);
    live.join(", ")
}

/// Sagas that wait for a person and can be helped.
fn stuck(town: &Town) -> Vec<Arc<SagaRecord>> {
    let all = |state: &State| -> Vec<_> {
        let sagas = state.model.sagas.values().map(|(_, saga)| Arc::clone(saga));
        sagas.filter(|saga| saga.stuck.is_some() && !is_uncertain(town, saga)).collect()
    };
    town.judge.look(all)
}

/// Whether nobody but the bank's own people can tell what became of the money: its key was forgotten meanwhile.
fn is_uncertain(town: &Town, saga: &SagaRecord) -> bool {
    const CODES: [&str; 3] = ["payment_uncertain", "capture_uncertain", "refund_uncertain"];
    let code = saga.stuck.as_ref().map(|why| why.code.as_str());
    town.swarm.outage.is_some() && code.is_some_and(|code| CODES.contains(&code))
}

fn resume(town: &Town, id: SagaId) {
    let now = town.clock.now() + TimeDelta::seconds(8);
    let resume = move |shop: commerce_core::Commerce| async move { shop.sagas().resume(id).await };
    drop(town.stage.run(now, town.ask(0, resume)));
}

/// Everything that must hold at rest.
fn in_the_end(town: &Town) {
    for saga in stuck(town) {
        let why = saga.stuck.as_ref().map(|why| (why.code.clone(), why.message.clone()));
        town.judge.note("G3", || format!("{} {} is stuck: {why:?}", saga.kind, saga.id));
    }
    let (store, open) = (Arc::clone(&town.store), open_questions(town));
    let books: Vec<_> = town
        .bank
        .entries()
        .into_iter()
        .filter(|entry| !open.iter().any(|(id, _)| *id == entry.checkout))
        .collect();
    let checked = town.read(async move { invariants::check(&*store, Some(&books), Moment::AtRest).await });
    match checked {
        Some(Ok(violations)) => {
            let certain = |violation: &&Violation| {
                !open.iter().flat_map(|(_, names)| names).any(|name| violation.what.contains(name))
            };
            violations
                .iter()
                .filter(certain)
                .for_each(|found| town.judge.note(found.rule, || found.what.clone()));
        }
        other => town.judge.note("view", || format!("the store cannot be read: {other:?}")),
    }
    for violation in town.judge.look(checks::in_the_end) {
        town.judge.note(violation.rule, || violation.what);
    }
    levels(town);
}

/// Checkouts whose money nobody can tell about, with the names of their payments.
fn open_questions(town: &Town) -> Vec<(CheckoutId, Vec<String>)> {
    let of = |state: &State| -> Vec<_> {
        let uncertain = |(_, saga): &&(_, Arc<SagaRecord>)| saga.stuck.is_some() && is_uncertain(town, saga);
        let mut open: Vec<(CheckoutId, Vec<String>)> = Vec::new();
        for (_, saga) in state.model.sagas.values().filter(uncertain) {
            for payment in state.model.payments.values() {
                let order: commerce_core::domain::ids::OrderId = payment.checkout.into();
                let of_order = |purpose: &str| SagaId::of_order(order, purpose) == saga.id;
                let refund = payment.refunds.iter().any(|refund| SagaId::from(refund.id) == saga.id);
                let cancels = (1..9).any(|attempt| of_order(&format!("cancellation/{attempt}")));
                if refund || cancels || of_order("capture") || SagaId::from(payment.checkout) == saga.id {
                    open.push((payment.checkout, vec![payment.checkout.to_string(), payment.id.to_string()]));
                }
            }
            if saga.kind == "checkout" && saga.status != SagaStatus::Completed {
                let id = CheckoutId::from_uuid(saga.id.uuid());
                open.push((id, vec![id.to_string()]));
            }
        }
        open
    };
    town.judge.look(of)
}

/// S2: every level is what the change sets add up to.
fn levels(town: &Town) {
    let store = Arc::clone(&town.store);
    let expected = town.judge.look(|state| state.model.levels.clone());
    let read = town.read(async move {
        let skus: Vec<_> = expected.keys().map(|key| key.sku.clone()).collect();
        store.stock_levels(&skus).await
    });
    let since = town.judge.moment();
    match read {
        Some(Ok(levels)) => town.judge.read_levels(since, &levels),
        other => town.judge.note("view", || format!("levels cannot be read: {other:?}")),
    }
}
