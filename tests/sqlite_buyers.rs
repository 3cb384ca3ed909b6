//! Many buyers at once on one SQLite file, in one process and in two: every unit is sold once, whoever loses is told
//! why, and nobody hears of locks.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop, and tells its parent how it goes"
)]

mod crowd;

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::Arc,
};

use commerce_kit::service::CheckoutStatus;
use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
use commerce_testkit::{
    invariants::{Moment, check},
    processes::{again, part},
    shop::TestShop,
};
use crowd::{fill, placed, press, rest, rush, sold_out};
use uuid::Uuid;

/// What the buyers of one process have in their carts.
#[derive(Debug, Clone, Copy)]
enum Carts {
    Consoles,
    Opposite,
}

impl Carts {
    /// For so many buyers.
    fn of(self, buyers: usize) -> Vec<&'static [(&'static str, u32)]> {
        (0..buyers).map(|buyer| self.lines(buyer)).collect()
    }

    fn lines(self, buyer: usize) -> &'static [(&'static str, u32)] {
        match self {
            Self::Consoles => &[("CONSOLE", 1)],
            Self::Opposite if buyer.is_multiple_of(2) => &[("CONSOLE", 1), ("PAD", 1)],
            Self::Opposite => &[("PAD", 1), ("CONSOLE", 1)],
        }
    }
}

/// What came of a crowd.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    placed: usize,
    sold_out: usize,
    asked_for_money: u64,
}

impl Outcome {
    fn of(outcomes: &[CheckoutStatus], shop: &TestShop) -> Self {
        let asked_for_money = shop.gateway.calls().authorize;
        Self { placed: placed(outcomes), sold_out: sold_out(outcomes), asked_for_money }
    }
}

/// A file with a hundred consoles and a hundred pads, gone at the end.
struct File(PathBuf);

impl File {
    async fn new() -> Self {
        let folder = env::temp_dir().join(format!("commerce-kit-test-{}", Uuid::new_v4()));
        fs::create_dir_all(&folder).unwrap();
        let file = Self(folder.join("shop.db"));
        migrate(&file.0).unwrap();
        let shop = file.open();
        shop.sells("CONSOLE", "499.00", 100).await;
        shop.sells("PAD", "59.00", 100).await;
        file
    }

    fn open(&self) -> Arc<TestShop> {
        open(&self.0)
    }

    /// Everything that was sold is sold, and nothing else is left over.
    async fn sold(&self, skus: &[&str]) {
        let shop = self.open();
        rest(&shop).await;
        for sku in skus {
            assert_eq!(shop.available(sku).await, 0);
        }
        assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
        assert_eq!(check(&*shop.store, None, Moment::AtRest).await.unwrap(), []);
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        drop(self.0.parent().map(fs::remove_dir_all));
    }
}

fn open(path: &Path) -> Arc<TestShop> {
    let store = Arc::new(SqliteStore::connect(path, SqliteOptions::default()).unwrap());
    let carts = Arc::new(store.carts());
    Arc::new(TestShop::over(store, |parts| parts.carts(carts)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_buyers_share_a_hundred_units_of_a_file() {
    let file = File::new().await;
    let shop = file.open();
    let outcomes = rush(&shop, &Carts::Consoles.of(500)).await;
    rest(&shop).await;
    assert_eq!(Outcome::of(&outcomes, &shop), Outcome { placed: 100, sold_out: 400, asked_for_money: 100 });
    let books = shop.gateway.books();
    assert_eq!(check(&*shop.store, Some(&books), Moment::AtRest).await.unwrap(), []);
    file.sold(&["CONSOLE"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_in_opposite_orders_all_come_through_in_a_file() {
    let file = File::new().await;
    let shop = file.open();
    let outcomes = rush(&shop, &Carts::Opposite.of(300)).await;
    rest(&shop).await;
    assert_eq!(Outcome::of(&outcomes, &shop), Outcome { placed: 100, sold_out: 200, asked_for_money: 100 });
    file.sold(&["CONSOLE", "PAD"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_sell_a_hundred_units_to_five_hundred_buyers() {
    if let Some(file) = part() {
        return half_of_the_buyers(Path::new(&file), Carts::Consoles).await;
    }
    let file = File::new().await;
    let outcome = in_two_processes(&file, "two_processes_sell_a_hundred_units_to_five_hundred_buyers");
    assert_eq!(outcome, Outcome { placed: 100, sold_out: 400, asked_for_money: 100 });
    file.sold(&["CONSOLE"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_in_opposite_orders_all_come_through_in_two_processes() {
    if let Some(file) = part() {
        return half_of_the_buyers(Path::new(&file), Carts::Opposite).await;
    }
    let file = File::new().await;
    let outcome = in_two_processes(&file, "carts_in_opposite_orders_all_come_through_in_two_processes");
    assert_eq!(outcome, Outcome { placed: 100, sold_out: 400, asked_for_money: 100 });
    file.sold(&["CONSOLE", "PAD"]).await;
}

/// Another process with the same shop, and half of the buyers.
struct Process {
    child: Child,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
}

/// What came of 250 buyers in each of two processes, who all press at once.
fn in_two_processes(file: &File, test: &str) -> Outcome {
    let mut processes = [Process::start(file, test), Process::start(file, test)];
    for process in &mut processes {
        process.wait_for("ready");
    }
    for process in &mut processes {
        process.orders.write_all(b"go\n").unwrap();
    }
    let mut all = Outcome::default();
    for process in &mut processes {
        let said = process.wait_for("came of it: ");
        let numbers: Vec<usize> = said.split(' ').map(|number| number.parse().unwrap()).collect();
        let [placed, sold_out, asked_for_money] = numbers[..] else { panic!("{said}") };
        all.placed += placed;
        all.sold_out += sold_out;
        all.asked_for_money += u64::try_from(asked_for_money).unwrap();
        assert!(process.child.wait().unwrap().success());
    }
    all
}

impl Process {
    fn start(file: &File, test: &str) -> Self {
        let mut child = again(test, &file.0.display().to_string())
            .unwrap()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, orders, said }
    }

    /// The rest of the line on which it says this.
    fn wait_for(&mut self, word: &str) -> String {
        let lines = self.said.by_ref().lines().map_while(Result::ok);
        let mut said = lines.filter_map(|line| Some(line.split_once(word)?.1.to_owned()));
        said.next().unwrap_or_else(|| panic!("it never said {word:?}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn half_of_the_buyers(file: &Path, carts: Carts) {
    let shop = open(file);
    let mut requests = fill(&shop, &carts.of(250)).await;
    println!("ready");
    let mut go = String::new();
    std::io::stdin().read_line(&mut go).unwrap();
    // A few at a time: all at once would be one transaction, and the processes would not take turns.
    let mut outcomes = Vec::new();
    while !requests.is_empty() {
        let few = requests.split_off(requests.len().saturating_sub(10));
        outcomes.extend(press(&shop, few).await);
    }
    rest(&shop).await;
    let Outcome { placed, sold_out, asked_for_money } = Outcome::of(&outcomes, &shop);
    println!("came of it: {placed} {sold_out} {asked_for_money}");
}
