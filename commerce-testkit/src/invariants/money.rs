use std::collections::{BTreeMap, BTreeSet};

use commerce_core::{
    domain::{
        ids::{CheckoutId, OrderId},
        order::{CapturePolicy, Order, OrderStatus},
        payment::Payment,
    },
    memory::BookEntry,
};

use super::{Findings, Moment, View};

/// M1 to M5: nobody is charged twice, nothing leaks, and our books are the gateway's.
pub(super) fn check(view: &View, moment: Moment, found: &mut Findings) {
    for payment in view.payments.values() {
        own_books(payment, found);
    }
    let Some(books) = &view.books else { return };
    for (checkout, entries) in by_checkout(books) {
        charged_once(view, checkout, &entries, found);
    }
    if moment == Moment::AtRest {
        let ours: BTreeMap<&str, &Payment> =
            view.payments.values().map(|payment| (payment.reference.as_str(), &*payment.value)).collect();
        for entry in books {
            settled(view, entry, ours.get(entry.reference.as_str()).copied(), found);
        }
        let theirs: BTreeSet<&str> = books.iter().map(|entry| entry.reference.as_str()).collect();
        for payment in view.payments.values() {
            let known = theirs.contains(payment.reference.as_str());
            found.expect("M4", known, || format!("the gateway does not know payment {}", payment.id));
        }
    }
}

/// M1, M5: `0 ≤ refunded ≤ captured ≤ authorized`, in one currency; what was voided was never captured.
pub(crate) fn own_books(payment: &Payment, found: &mut Findings) {
    let id = payment.id;
    let sums = [payment.refunded(), payment.captured, payment.authorized];
    let rising = sums.windows(2).all(|pair| pair[0] <= pair[1]) && !sums[0].is_negative();
    found.expect("M1", rising, || format!("payment {id} has {sums:?}"));
    let voided = payment.voided_at.is_some() && !payment.captured.is_zero();
    found.expect("M1", !voided, || format!("payment {id} is voided and captured"));
    let one = sums.iter().all(|sum| sum.currency() == sums[0].currency());
    found.expect("M5", one, || format!("payment {id} has several currencies"));
}

/// M2, O3: a checkout pays its total once, by one payment; without an order it pays nothing in the end.
fn charged_once(view: &View, checkout: CheckoutId, entries: &[&BookEntry], found: &mut Findings) {
    let net = |entry: &BookEntry| entry.captured.minor() - entry.refunded.minor();
    let charged: i64 = entries.iter().map(|entry| net(entry)).sum();
    let payments = entries.iter().filter(|entry| net(entry) > 0).count();
    found.expect("M2", payments <= 1, || format!("checkout {checkout} is charged by {payments} payments"));
    let most = entries.iter().map(|entry| entry.amount.minor()).max().unwrap_or_default();
    found.expect("M2", charged <= most, || format!("checkout {checkout} is charged {charged} of {most}"));
    if let Some(order) = view.orders.get(&OrderId::from(checkout)) {
        let total = order.total().minor();
        found.expect("M2", charged <= total, || {
            format!("order {} over {total} is charged {charged}", order.id)
        });
    }
}

/// M3, M4, O3: at rest every promise is collected or given up, and our books say the same as the gateway's.
fn settled(view: &View, entry: &BookEntry, ours: Option<&Payment>, found: &mut Findings) {
    let order = view.orders.get(&OrderId::from(entry.checkout));
    let live = order.is_some_and(|order| order.status() != OrderStatus::Cancelled);
    let open = entry.captured.is_zero() && !entry.voided;
    let awaited = live && order.is_some_and(|order| !is_collected_now(order));
    let (reference, checkout) = (&entry.reference, entry.checkout);
    found.expect("M3", !open || awaited, || {
        format!("{reference} of checkout {checkout} was promised and forgotten")
    });
    let charged = entry.captured > entry.refunded;
    found.expect("O3", live || !charged, || {
        format!("{reference} of checkout {checkout} is charged without an order")
    });

    let ours = ours.map(|payment| (payment.captured, payment.refunded(), payment.voided_at.is_some()));
    let theirs = (entry.captured, entry.refunded, entry.voided);
    // A promise that came while the shop gave it up: the bank alone knows that it ever was one.
    let never_known = ours.is_none() && entry.voided && entry.captured.is_zero();
    found.expect("M4", ours == Some(theirs) || never_known, || {
        format!("{reference}: ours {ours:?}, the gateway's {theirs:?}")
    });
}

/// Whether the money of a live order should have been collected.
fn is_collected_now(order: &Order) -> bool {
    match order.capture {
        CapturePolicy::AtPlacement => order.hold.is_none(),
        CapturePolicy::AtFulfilment => !order.shipments.is_empty(),
    }
}

fn by_checkout(books: &[BookEntry]) -> BTreeMap<CheckoutId, Vec<&BookEntry>> {
    let mut grouped: BTreeMap<CheckoutId, Vec<&BookEntry>> = BTreeMap::new();
    for entry in books {
        grouped.entry(entry.checkout).or_default().push(entry);
    }
    grouped
}
