use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{
    dice::Dice,
    house::House,
    picking::Picked,
    purchase::{Progress, Purchase, Story},
};

/// Goods of the demo catalogue of which there is plenty once they were stocked up, and others that run out.
pub(crate) const PLENTY: [&str; 4] = ["MUG-SLATE", "DRIPPER-2", "TOWEL-NAVY", "FILTER-2-100"];
const SCARCE: [&str; 2] = ["PEN-F", "OVEN-6L"];

/// Somebody who buys one thing after the other, and writes down what the shop has acknowledged.
pub(crate) struct Buyer {
    house: Arc<House>,
    dice: Dice,
    acknowledged: File,
    unfinished: Vec<Purchase>,
    ended: Vec<Ended>,
}

/// What came of a purchase in the end.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) id: Uuid,
    pub(crate) progress: Progress,
    pub(crate) cut_off: bool,
}

/// Buyers in tasks of their own, until they are sent home.
pub(crate) struct Crowd {
    files: Vec<PathBuf>,
    closing: Arc<AtomicBool>,
    buyers: Vec<tokio::task::JoinHandle<Vec<Ended>>>,
}

impl Crowd {
    pub(crate) fn send(house: &Arc<House>, dice: &mut Dice, many: usize) -> Self {
        let closing = Arc::<AtomicBool>::default();
        let files: Vec<_> = (0..many).map(|number| house.folder.join(format!("buyer-{number}"))).collect();
        let buyers = files.iter().map(|file| {
            let buyer = Buyer {
                house: Arc::clone(house),
                dice: dice.another(),
                acknowledged: File::create_new(file).unwrap(),
                unfinished: Vec::new(),
                ended: Vec::new(),
            };
            tokio::spawn(buyer.buy_until(Arc::clone(&closing)))
        });
        Self { buyers: buyers.collect(), files, closing }
    }

    /// The orders that were acknowledged so far, each with its total.
    pub(crate) fn acknowledged(&self) -> Vec<(Uuid, String)> {
        let written: String = self.files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        let lines = written.lines().map(|line| line.split_once(' ').unwrap());
        lines.map(|(order, total)| (order.parse().unwrap(), total.to_owned())).collect()
    }

    /// Lets everybody finish what they have begun; what came of it.
    pub(crate) async fn go_home(&mut self) -> Vec<Ended> {
        self.closing.store(true, Ordering::Relaxed);
        let mut ended = Vec::new();
        for buyer in self.buyers.drain(..) {
            ended.extend(buyer.await.unwrap());
        }
        ended
    }

    /// The buyer who gave up first has found what is wrong.
    pub(crate) fn assert_well(&self) {
        assert!(!self.buyers.iter().any(tokio::task::JoinHandle::is_finished), "a buyer has given up");
    }
}

impl Buyer {
    async fn buy_until(mut self, closing: Arc<AtomicBool>) -> Vec<Ended> {
        while !closing.load(Ordering::Relaxed) {
            if !self.unfinished.is_empty() && self.dice.one_in(3) {
                let old = self.unfinished.remove(0);
                self.pursue(old).await;
            } else if let Some(new) = self.pick().await {
                self.pursue(new).await;
            }
        }
        let since = Instant::now();
        while let Some(purchase) = self.unfinished.pop() {
            self.pursue(purchase).await;
            assert!(
                since.elapsed() < Duration::from_secs(150),
                "{} purchases never end",
                self.unfinished.len()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.ended
    }

    /// Something to buy; nothing if the shop died meanwhile.
    async fn pick(&mut self) -> Option<Purchase> {
        let lines: Vec<_> = (0..=self.dice.below(3))
            .map(|_| {
                let goods = if self.dice.one_in(10) { &SCARCE[..] } else { &PLENTY[..] };
                (*self.dice.one_of(goods), 1 + self.dice.below(3))
            })
            .collect();
        let coupon = self.dice.one_in(8).then_some("WELCOME10");
        let picked = Picked::pick(&self.house, &lines, coupon).await?;
        Some(Purchase::draw(&mut self.dice, &picked))
    }

    /// As far as it goes without waiting for somebody else.
    async fn pursue(&mut self, mut purchase: Purchase) {
        loop {
            match purchase.go_on(&self.house).await {
                Progress::Acknowledged { total } => {
                    writeln!(self.acknowledged, "{} {total}", purchase.id).unwrap();
                }
                Progress::Unfinished => return self.unfinished.push(purchase),
                progress => {
                    let Purchase { id, cut_off, .. } = purchase;
                    return self.ended.push(Ended { id, progress, cut_off });
                }
            }
        }
    }
}

/// Whether every kind of story was told.
pub(crate) fn told(ended: &[Ended]) -> [bool; 5] {
    let any = |which: fn(&Progress) -> bool| ended.iter().any(|ended| which(&ended.progress));
    [
        any(|progress| *progress == Progress::Refused),
        any(|progress| *progress == Progress::Bought(Story::Kept)),
        any(|progress| *progress == Progress::Bought(Story::Cancelled)),
        any(|progress| matches!(progress, Progress::Bought(Story::Shipped(_)))),
        any(|progress| matches!(progress, Progress::Bought(Story::Refunded(_)))),
    ]
}
