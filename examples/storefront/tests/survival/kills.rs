use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::Arc,
    time::Duration,
};

use commerce_kit::{
    domain::{catalog::Product, inventory::StockLevel},
    memory::BookEntry,
    storage::{Page, Versioned},
};
use commerce_testservers::Postgres;
use hyper::Method;
use serde_json::json;
use storefront::{bank::Bank, database::Database, demo};
use uuid::Uuid;

use crate::{
    buyer::{Crowd, Ended, PLENTY, told},
    dice::Dice,
    house::House,
    kept::{Kept, Kind},
    purchase::{Progress, Story},
    rounds::Rounds,
};

const BUYERS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill_and_is_charged_once() {
    survives(House::build(Kind::File).await, 1, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill_of_two_processes_and_of_their_postgres() {
    let server = tokio::task::block_in_place(Postgres::start);
    let house = House::build_with(|_| Kept::OnServer(server.database())).await;
    survives(house, 2, Some(server)).await;
}

/// `KILL_ROUNDS` says how often, `KILL_SEED` repeats the draws of a run.
async fn survives(house: Arc<House>, doors: usize, server: Option<Postgres>) {
    let wanted: u32 = env::var("KILL_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let (mut dice, seed) = Dice::from_environment("KILL_SEED");
    eprintln!("{wanted} rounds, KILL_SEED={seed}");

    for _ in 0..doors {
        house.open().await;
    }
    stock_up(&house).await;
    let mut crowd = Crowd::send(&house, &mut dice, BUYERS);
    let mut rounds = Rounds::new(&house, doors, server, dice);
    let mut seen = BTreeSet::new();
    for round in 1..=wanted {
        audit(&house, &[]);
        rounds.one(round).await;
        look_for(&house, &crowd.acknowledged(), &mut seen).await;
        crowd.assert_well();
    }

    let ended = crowd.go_home().await;
    House::rest(&house.kept).await;
    audit(&house, &["--at-rest"]);
    let acknowledged = crowd.acknowledged();
    look_for(&house, &acknowledged, &mut BTreeSet::new()).await;
    charged_once(&house.bank.books(), &ended);
    assert_eq!(told(&ended), [true; 5], "of {} purchases", ended.len());
    let cut_off = ended.iter().filter(|ended| ended.cut_off).count();
    assert!(cut_off > 0, "nobody was cut off: another seed kills at better moments");
    rounds.tell();
    eprintln!(
        "{} purchases, {cut_off} of them cut off and sent again, {} acknowledged orders, each there and charged once",
        ended.len(),
        acknowledged.len(),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_day_that_is_cut_short_again_and_again_ends_with_full_shelves() {
    first_day(Kind::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_day_in_postgres_that_is_cut_short_again_and_again_ends_with_full_shelves() {
    first_day(Kind::Server).await;
}

async fn first_day(kind: Kind) {
    let (mut dice, seed) = Dice::from_environment("KILL_SEED");
    eprintln!("KILL_SEED={seed}");
    let house = House::build(kind).await;
    for _ in 0..10 {
        house.open_in_vain(Duration::from_millis(dice.below(60))).await;
    }
    for products in [1, 2, 11, 30, 59, 60] {
        house.open_in_vain_until(products).await;
    }
    // Whoever is second finds what the first one has done.
    let doors = [0, 1].map(|_| {
        tokio::spawn({
            let house = Arc::clone(&house);
            async move { house.open().await }
        })
    });
    for door in doors {
        door.await.unwrap();
    }
    for (sku, units) in [("MUG-SLATE", 84), ("OVEN-6L", 5), ("PEN-F", 20)] {
        let stock = house.look(&format!("/stock/{sku}")).await;
        assert_eq!(stock.body["available"], json!(units), "{sku}");
    }
    as_on_a_quiet_first_day(&house).await;
    House::rest(&house.kept).await;
    audit(&house, &["--at-rest"]);
}

/// Everything is on sale that is where nobody was killed, and each shelf was counted once.
async fn as_on_a_quiet_first_day(house: &House) {
    let bank: Arc<dyn Bank> = house.bank.clone();
    let quiet = demo::open(&Database::Memory, &bank, Arc::new(demo::log())).await.unwrap();
    let wanted = quiet.catalog().products(Page::first(100)).await.unwrap();
    let sold = |products: &[Versioned<Product>]| -> Vec<_> {
        let sold = products.iter().map(|product| (product.id, product.status, product.variants.len()));
        sold.collect()
    };
    assert_eq!(sold(&house.kept.products().await), sold(&wanted));
    let wanted = quiet.inventory().stock(Page::first(500)).await.unwrap();
    let shelves = |levels: Vec<StockLevel>| -> Vec<_> {
        let shelves =
            levels.into_iter().map(|level| (level.key, level.on_hand, level.policy, level.movements));
        shelves.collect()
    };
    assert_eq!(shelves(house.kept.levels().await), shelves(wanted));
}

async fn stock_up(house: &Arc<House>) {
    for sku in PLENTY {
        let receipt = json!({ "location": "harbour", "units": 1_000_000 });
        let answer = house.ask(Method::POST, &format!("/stock/{sku}/receipts"), Some(receipt)).await;
        assert_eq!(answer.unwrap().status, 201);
    }
}

/// All holds, in the database and between the database and the bank.
fn audit(house: &House, options: &[&str]) {
    let command = [&["audit", "--bank", &house.bank_address], options].concat();
    let output = house.run(&command, &house.kept);
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*said), (Some(0), "all holds\n"), "{complained}");
}

/// Each order that was acknowledged is there, over what it was acknowledged for.
async fn look_for(house: &House, acknowledged: &[(Uuid, String)], seen: &mut BTreeSet<Uuid>) {
    for (order, total) in acknowledged {
        if seen.insert(*order) {
            let found = house.look(&format!("/orders/{order}")).await;
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
