use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use commerce_core::{
    domain::catalog::ProductStatus,
    environment::{Environment, SystemClock},
    saga::SagaSettings,
    service::Builder,
    storage::Store,
};
use commerce_search::{SearchIndex, SearchSettings, StoreSearch};
use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
use commerce_testkit::{dice::Dice, processes, shop::TestShop};

use commerce_testkit::folder::Folder;

use crate::house::{costs, settings, sku};

const TEST: &str = "kills::what_was_killed_finds_what_the_store_has";
/// For so long a dead process keeps others from its events.
const LEASE: Duration = Duration::from_millis(800);
/// Within so long after its start the index says what the store says.
const READY: Duration = Duration::from_secs(30);
const PRODUCTS: u32 = 60;

/// `KILL_ROUNDS` says how often, `KILL_SEED` repeats the draws of a run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_killed_finds_what_the_store_has() {
    if let Some(folder) = processes::part() {
        return index(Path::new(&folder)).await;
    }
    let rounds: u32 = env::var("KILL_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap());
    let seed: u64 = env::var("KILL_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut dice = Dice::new(seed);
    let folder = Folder::new().unwrap();
    migrate(file(folder.path())).unwrap();
    let shop = TestShop::over(store(folder.path()), patient);
    for number in 0..PRODUCTS {
        shop.sells(&code(number), "10.00", 3).await;
    }
    for round in 1..=rounds {
        let mut indexer = start(folder.path());
        let until = Instant::now() + dice.millis(50, 900);
        while Instant::now() < until {
            change(&shop, &mut dice).await;
        }
        indexer.kill();
        for _ in 0..dice.below(5) {
            change(&shop, &mut dice).await;
        }
        let again = start(folder.path());
        agrees(folder.path(), &shop.store, round).await;
        drop(again);
    }
    eprintln!("{rounds} rounds, KILL_SEED={seed}");
}

/// The process that is killed: it hears of everything, commits all the time, and now and then builds anew.
async fn index(folder: &Path) {
    let store = store(folder);
    let settings = SearchSettings { commit_after: Duration::from_millis(40), commit_at: 7, ..settings() };
    let index = SearchIndex::open(folder.join("index"), settings, chrono::Utc::now()).unwrap();
    let search = Arc::new(StoreSearch::new(index, Arc::clone(&store), Arc::new(SystemClock)).await.unwrap());
    let sink = search.clone();
    let shop = TestShop::over(store, move |builder| patient(builder).sink(sink));
    let anew = std::process::id().is_multiple_of(3);
    let build = async {
        search.build_if_missing(|_| {}).await.unwrap();
        if anew {
            search.rebuild(|_| {}).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    shop.commerce.worker(build).await;
}

/// Waits until the index has every product as the store has it, and no other.
async fn agrees(folder: &Path, store: &Arc<dyn Store>, round: u32) {
    let since = Instant::now();
    let index = SearchIndex::follow(folder.join("index"), settings()).unwrap();
    let follower = StoreSearch::new(index, Arc::clone(store), Arc::new(SystemClock)).await.unwrap();
    loop {
        let waiting = store.undelivered(chrono::Utc::now() + LEASE * 2, 1).await.unwrap();
        follower.catch_up().unwrap();
        let wrong = match follower.audit().await {
            Ok(wrong) if wrong.is_empty() && waiting.is_empty() => return,
            other => other,
        };
        assert!(since.elapsed() < READY, "round {round}: {} events wait, {wrong:?}", waiting.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Something that a shop does.
async fn change(shop: &TestShop, dice: &mut Dice) {
    let catalog = shop.commerce.catalog();
    let number = dice.below(PRODUCTS);
    let read =
        catalog.product(catalog.listing(&sku(&code(number))).await.unwrap().product().id).await.unwrap();
    let mut product = commerce_core::domain::catalog::Product::clone(&read);
    match dice.below(5) {
        0 => product.title = format!("Mug {} {}", dice.below(1_000), code(number)),
        1 => costs(&mut product, dice.between(1, 9_999).into()),
        2 => product.status = ProductStatus::Archived,
        3 => product.status = ProductStatus::Active,
        _ => {
            let stock = crate::house::stock(&code(number));
            let units = i64::from(dice.below(2)) * 5;
            shop.commerce.inventory().count(stock, units, "counted").await.unwrap();
            return;
        }
    }
    catalog.replace_product(&read, product).await.unwrap();
}

/// The process that indexes; gone with this.
struct Indexer(Child);

impl Indexer {
    /// SIGKILL: the process does not hear of it.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(folder: &Path) -> Indexer {
    let part = folder.to_str().unwrap();
    let mut command = processes::again(TEST, part).unwrap();
    Indexer(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap())
}

fn store(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::connect(file(folder), SqliteOptions::default()).unwrap())
}

fn file(folder: &Path) -> PathBuf {
    folder.join("shop.db")
}

fn code(number: u32) -> String {
    format!("MUG-{number}")
}

/// On the time of the machine, with leases that end soon.
fn patient(builder: Builder) -> Builder {
    let sagas = SagaSettings { lease: LEASE, call_timeout: LEASE / 2, ..SagaSettings::default() };
    builder.environment(Environment::system()).sagas(sagas)
}
