//! Bugs to plant around the ports of a process, to see that the checks find them. Each was in a real shop once.

mod commits;
mod gateway;
mod reads;

use std::sync::{Arc, atomic::AtomicU32};

use crate::world::Planted;
use commits::{Bend, Bent};
use gateway::{Mistake, Wrong};
use reads::{ForgetfulReader, StaleReader};

/// A bug, and its name.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What it does.
    pub name: &'static str,
    /// The bug itself.
    pub planted: Planted,
}

macro_rules! wrong {
    ($name:literal, $mistake:ident) => {
        Bug {
            name: $name,
            planted: Planted {
                payments: |inner| {
                    Arc::new(Wrong { inner, mistake: Mistake::$mistake, calls: AtomicU32::new(0) })
                },
                ..Planted::NONE
            },
        }
    };
}

macro_rules! bent {
    ($name:literal, $bend:ident) => {
        Bug {
            name: $name,
            planted: Planted { store: |inner| Arc::new(Bent { inner, bend: Bend::$bend }), ..Planted::NONE },
        }
    };
}

/// All of them.
pub const BUGS: &[Bug] = &[
    wrong!("a fresh key for every attempt", FreshAuthorizeKey),
    wrong!("a fresh key for every refund", FreshRefundKey),
    wrong!("a timeout taken for a failure", TimeoutTakenForFailure),
    wrong!("\"not found\" taken for \"never came\"", NotFoundTakenForNever),
    wrong!("a notice that is believed", NoticeBelieved),
    wrong!("a void that voids nothing", VoidThatVoidsNothing),
    wrong!("a wrong amount", WrongAmount),
    bent!("no fence", NoFence),
    bent!("expiry ignored at the pivot", ExpiryIgnored),
    bent!("a sweeper that takes what is under payment", GreedySweeper),
    bent!("stock checked, then taken", CheckedThenTaken),
    bent!("stock given back twice", ReleasedTwice),
    bent!("stock not committed with the order", StockNotCommitted),
    bent!("events written after the order", EventsAfterwards),
    bent!("events forgotten", EventsForgotten),
    bent!("acknowledged before delivered", AcknowledgedBeforeDelivered),
    bent!("coupons counted outside the commit", CountedOutside),
    bent!("coupons not counted", CouponsNotCounted),
    bent!("tax rounded piece by piece", RoundedByPiece),
    Bug {
        name: "refunds not counted against what was collected",
        planted: Planted { store: |inner| Arc::new(ForgetfulReader { inner }), ..Planted::NONE },
    },
    Bug {
        name: "a stale price",
        planted: Planted { store: |inner| Arc::new(StaleReader::new(inner)), ..Planted::NONE },
    },
];
