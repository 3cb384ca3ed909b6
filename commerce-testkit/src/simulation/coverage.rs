use std::collections::BTreeMap;

use crate::faults::{COMMITS, Fault, Port};

/// How often each thing was done, and how often each fault met it.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    seen: BTreeMap<&'static str, [u64; Fault::ALL.len() + 1]>,
}

/// Reads that a shop makes when it sells, and what its gateways are asked.
const READS: &[&str] = &[
    "product",
    "products",
    "listings",
    "promotions",
    "offers",
    "stock_levels",
    "reservation",
    "expired_holds",
    "counters",
    "customer",
    "order",
    "orders",
    "payment",
    "payments",
    "saga",
    "signal",
    "due",
    "sagas",
    "undelivered",
    "cart",
    "forgettable",
];
const GATEWAYS: &[&str] =
    &["authorize", "capture", "void", "refund", "lookup", "screen", "tax_rates", "shipping_rates", "deliver"];

impl Coverage {
    pub(super) fn saw(&mut self, doing: &'static str) {
        self.seen.entry(doing).or_default()[Fault::ALL.len()] += 1;
    }

    pub(super) fn met(&mut self, doing: &'static str, fault: Fault) {
        if let Some(place) = Fault::ALL.iter().position(|known| *known == fault) {
            self.seen.entry(doing).or_default()[place] += 1;
        }
    }

    /// Adds what another run has reached.
    pub fn add(&mut self, other: &Self) {
        for (doing, counts) in &other.seen {
            let sums = self.seen.entry(doing).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    /// What never happened though it can: something that was never done, or a fault that never met it.
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for (doing, port) in expected() {
            for (place, fault) in Fault::ALL.into_iter().enumerate().filter(|(_, fault)| port.can(*fault)) {
                if self.seen.get(doing).is_none_or(|counts| counts[place] == 0) {
                    gaps.push(format!("{fault:?} never met \"{doing}\""));
                }
            }
        }
        gaps
    }

    /// A table of all of it: what was done, how often, and how often with each fault.
    pub fn table(&self) -> String {
        let heads = Fault::ALL.map(|fault| format!("{fault:?}")).map(|name| format!(" {name:>11}")).concat();
        let mut table = format!("{:<30} {:>10}{heads}\n", "", "times");
        for (doing, port) in expected() {
            let counts = self.seen.get(doing).copied().unwrap_or_default();
            table.push_str(&format!("{doing:<30} {:>10}", counts[Fault::ALL.len()]));
            for (place, fault) in Fault::ALL.into_iter().enumerate() {
                let count = if port.can(fault) { counts[place].to_string() } else { "-".into() };
                table.push_str(&format!(" {count:>11}"));
            }
            table.push('\n');
        }
        table
    }
}

fn expected() -> impl Iterator<Item = (&'static str, Port)> {
    let of = |names: &'static [&'static str], port| names.iter().map(move |name| (*name, port));
    of(COMMITS, Port::Write)
        .chain(of(&["put_cart", "forget_carts"], Port::Write))
        .chain(of(GATEWAYS, Port::Gateway))
        .chain(of(READS, Port::Read))
}
