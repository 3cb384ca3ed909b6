use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::Arc,
    time::Duration,
};

use commerce_kit::memory::BookEntry;
use hyper::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{
    buyer::{Crowd, Ended, PLENTY, told},
    dice::Dice,
    house::House,
    purchase::{Progress, Story},
};

const BUYERS: usize = 6;
/// Within so long after its start the shop sells again.
const READY: Duration = Duration::from_secs(5);

/// `KILL_ROUNDS` says how often, `KILL_SEED` repeats the draws of a run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill_and_is_charged_once() {
    let rounds: u32 = env::var("KILL_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let (mut dice, seed) = Dice::from_environment("KILL_SEED");
    eprintln!("{rounds} rounds, KILL_SEED={seed}");

    let house = House::build().await;
    house.open().await;
    stock_up(&house).await;
    let mut crowd = Crowd::send(&house, &mut dice, BUYERS);
    let (mut restarts, mut seen) = (Vec::new(), BTreeSet::new());
    for round in 1..=rounds {
        tokio::time::sleep(Duration::from_millis(dice.below(600))).await;
        audit(&house, &[]);
        tokio::time::sleep(Duration::from_millis(dice.below(300))).await;
        house.kill();
        if dice.one_in(4) {
            house.open_in_vain(Duration::from_millis(dice.below(60))).await;
        }
        let ready = house.open().await;
        assert!(ready < READY, "round {round}: {ready:?}");
        restarts.push(ready);
        look_for(&house, &crowd.acknowledged(), &mut seen).await;
        crowd.assert_well();
    }

    let ended = crowd.go_home().await;
    House::rest(&house.file()).await;
    audit(&house, &["--at-rest"]);
    let acknowledged = crowd.acknowledged();
    look_for(&house, &acknowledged, &mut BTreeSet::new()).await;
    charged_once(&house.bank.books(), &ended);
    assert_eq!(told(&ended), [true; 5], "of {} purchases", ended.len());
    let cut_off = ended.iter().filter(|ended| ended.cut_off).count();
    assert!(cut_off > 0, "nobody was cut off: another seed kills at better moments");
    restarts.sort();
    eprintln!(
        "{rounds} kills, {} purchases, {cut_off} of them cut off and sent again, {} acknowledged orders, each there and \
         charged once; ready again after {:?} (median), {:?} (longest)",
        ended.len(),
        acknowledged.len(),
        restarts[restarts.len() / 2],
        restarts[restarts.len() - 1],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_day_that_is_cut_short_again_and_again_ends_with_full_shelves() {
    let (mut dice, seed) = Dice::from_environment("KILL_SEED");
    eprintln!("KILL_SEED={seed}");
    let house = House::build().await;
    for _ in 0..20 {
        house.open_in_vain(Duration::from_millis(dice.below(60))).await;
    }
    house.open().await;
    for (sku, units) in [("MUG-SLATE", 84), ("OVEN-6L", 5), ("PEN-F", 20)] {
        let stock = house.ask(Method::GET, &format!("/stock/{sku}"), None).await.unwrap();
        assert_eq!(stock.body["available"], json!(units), "{sku}");
    }
    House::rest(&house.file()).await;
    audit(&house, &["--at-rest"]);
}

async fn stock_up(house: &Arc<House>) {
    for sku in PLENTY {
        let receipt = json!({ "location": "harbour", "units": 1_000_000 });
        let answer = house.ask(Method::POST, &format!("/stock/{sku}/receipts"), Some(receipt)).await;
        assert_eq!(answer.unwrap().status, 201);
    }
}

/// All holds, in the file and between the file and the bank.
fn audit(house: &House, options: &[&str]) {
    let command = [&["audit", "--bank", &house.bank_address], options].concat();
    let output = house.run(&command, &house.file());
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*said), (Some(0), "all holds\n"), "{complained}");
}

/// Each order that was acknowledged is there, over what it was acknowledged for.
async fn look_for(house: &House, acknowledged: &[(Uuid, String)], seen: &mut BTreeSet<Uuid>) {
    for (order, total) in acknowledged {
        if seen.insert(*order) {
            let found = house.ask(Method::GET, &format!("/orders/{order}"), None).await.unwrap();
            assert_eq!(
                (found.status, found.body["total"]["amount"].to_string()),
                (200, total.clone()),
                "{order}"
            );
        }
    }
}

/// What the bank has kept of each purchase is what its story says, by its own books.
fn charged_once(books: &[BookEntry], ended: &[Ended]) {
    let mut entries: BTreeMap<Uuid, Vec<&BookEntry>> = BTreeMap::new();
    for entry in books {
        entries.entry(entry.checkout.uuid()).or_default().push(entry);
    }
    for Ended { id, progress, .. } in ended {
        let entries = entries.remove(id).unwrap_or_default();
        let kept: i64 = entries.iter().map(|entry| entry.captured.minor() - entry.refunded.minor()).sum();
        let wanted = entries.first().map_or(0, |entry| entry.amount.minor());
        let expected = match progress {
            Progress::Bought(Story::Kept | Story::Shipped(_)) => wanted,
            Progress::Bought(Story::Refunded(_)) => wanted - 100,
            _ => 0,
        };
        assert_eq!(kept, expected, "{id}: {progress:?}, {entries:?}");
    }
    assert!(entries.is_empty(), "somebody was asked for money for nothing: {entries:?}");
}
