use std::time::Duration;

use chrono::TimeDelta;
use commerce_core::{
    domain::{catalog::PriceMode, order::CapturePolicy},
    service::{ReservePolicy, Retention},
};

use super::bank::Temper;
use crate::{
    dice::Dice,
    faults::{Call, Fault, Happening, Port},
};

/// What one seed is like: how the shop sells, what its bank does, and which faults come how often. A class of faults
/// is off in three seeds of ten: what hides behind one fault is found where it is missing.
#[derive(Debug, Clone)]
pub(super) struct Swarm {
    pub(super) temper: Temper,
    pub(super) capture: CapturePolicy,
    pub(super) reserve: ReservePolicy,
    pub(super) prices: PriceMode,
    pub(super) deadline: Duration,
    pub(super) processes: usize,
    pub(super) buyers: u32,
    /// How many port calls of a thousand go wrong.
    pub(super) permille: u32,
    /// How likely each fault is, compared with the others.
    pub(super) weights: [u32; Fault::ALL.len()],
    /// How long what is over is remembered.
    pub(super) retention: Retention,
    /// How far the clocks of processes may be wrong.
    pub(super) skew: u32,
    /// Notices that get lost, come twice, or come late.
    pub(super) post: Post,
    /// Whether all processes are down for about a day.
    pub(super) outage: Option<Outage>,
    /// How many screenings of a thousand end otherwise than before.
    pub(super) fickle: u32,
}

/// What happens to notices on their way, out of a thousand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Post {
    pub(super) lost: u32,
    pub(super) doubled: u32,
    pub(super) early: u32,
    /// The longest delay in milliseconds.
    pub(super) delay: u32,
}

/// All processes stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    pub(super) after: Duration,
    pub(super) lasts: Duration,
}

impl Swarm {
    /// How long a worker may be silent before others take over.
    pub(super) const LEASE: Duration = Duration::from_secs(5);
    /// How long a gateway may take.
    pub(super) const CALL: Duration = Duration::from_secs(2);

    /// What this seed is like.
    pub(super) fn draw(seed: u64) -> Self {
        let mut dice = Dice::of(seed, 1);
        let mut on = |rate: (u32, u32)| {
            let (off, drawn) = (dice.permille(300), dice.between(rate.0, rate.1));
            if off { 0 } else { drawn }
        };
        // A process that stands still does nothing else that could go wrong.
        let weights = Fault::ALL.map(|fault| if fault.is_a_pause() { on((1, 3)) } else { on((2, 10)) });
        // Most calls read: without a fault that can happen to a read, next to nothing would go wrong.
        let reads = |(fault, weight): (Fault, u32)| Port::Read.can(fault) && weight > 0;
        let some = Fault::ALL.into_iter().zip(weights).any(reads);
        let weights = if some { weights } else { weights.map(|weight| weight.max(1)) };
        let post = Post {
            lost: on((50, 400)),
            doubled: on((50, 400)),
            early: on((50, 500)),
            delay: on((200, 40_000)),
        };
        let (skew, fickle) = (on((200, 20_000)), on((5, 100)));
        let outage = dice.permille(60).then(|| Outage {
            after: dice.millis(5_000, 60_000),
            // About as long as the shop takes a key for remembered, or as long as the bank remembers it.
            lasts: Duration::from_secs(if dice.permille(500) { 21 } else { 24 } * 60 * 60 - 120)
                + dice.millis(0, 300_000),
        });
        let retention = if dice.permille(500) { Retention::default() } else { forgetful(&mut dice) };
        Self {
            retention,
            temper: if dice.permille(500) { Temper::Permissive } else { Temper::Strict },
            capture: if dice.permille(350) {
                CapturePolicy::AtPlacement
            } else {
                CapturePolicy::AtFulfilment
            },
            reserve: if dice.permille(650) {
                ReservePolicy::AtCheckout
            } else {
                ReservePolicy::OnAddToCart { hold: dice.millis(2_000, 30_000) }
            },
            prices: if dice.permille(500) { PriceMode::TaxIncluded } else { PriceMode::TaxAdded },
            deadline: dice.millis(10_000, 60_000),
            processes: if dice.permille(500) { 2 } else { 3 },
            buyers: dice.between(4, 8),
            permille: dice.between(30, 130),
            weights,
            skew,
            post,
            outage,
            fickle,
        }
    }

    /// The same, with only these faults, and nothing wrong besides.
    pub(super) fn only(mut self, faults: &[Fault]) -> Self {
        self.weights = Fault::ALL.map(|fault| u32::from(faults.contains(&fault)));
        (self.skew, self.fickle, self.outage) = (0, 0, None);
        self.post = Post { lost: 0, doubled: 0, early: 0, delay: 200 };
        self
    }

    /// What goes wrong with a call, if it does.
    pub(super) fn happening(&self, dice: &mut Dice, call: Call) -> Option<Happening> {
        // A worker looks for work much more often than there is any.
        const POLLS: [&str; 3] = ["due", "expired_holds", "undelivered"];
        let permille = if POLLS.contains(&call.name) { self.permille / 8 } else { self.permille };
        if !dice.permille(permille) {
            return None;
        }
        let can = |(fault, weight): (Fault, u32)| if call.port.can(fault) { weight } else { 0 };
        let weights = || Fault::ALL.into_iter().zip(self.weights).map(|pair| (pair.0, can(pair)));
        let sum = weights().map(|(_, weight)| weight).sum();
        let mut drawn = dice.below(sum);
        let (fault, _) = weights().find(|(_, weight)| {
            let here = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        })?;
        Some(Happening { fault, lasts: lasts(dice, fault) })
    }

    /// How wrong the clock of a process is.
    pub(super) fn ahead(&self, dice: &mut Dice) -> TimeDelta {
        let millis = dice.between(0, self.skew * 2);
        TimeDelta::milliseconds(i64::from(millis) - i64::from(self.skew))
    }
}

/// A shop that hardly remembers anything; its sagas it remembers for as long as a bank its keys.
fn forgetful(dice: &mut Dice) -> Retention {
    let events = dice.millis(1_000, 60_000);
    Retention { sagas: Duration::ZERO, events, carts: events * 2, reservations: events }
}

fn lasts(dice: &mut Dice, fault: Fault) -> Duration {
    match fault {
        Fault::PauseBefore | Fault::PauseAfter => {
            let most = if dice.permille(700) { 1 } else { 8 };
            Swarm::LEASE * dice.between(1, most) + dice.millis(1, 900)
        }
        Fault::Slow if dice.permille(150) => Swarm::LEASE + dice.millis(1, 9_000),
        Fault::Slow => dice.millis(20, 5_000),
        _ => dice.millis(20, 15_000),
    }
}
