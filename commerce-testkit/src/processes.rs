//! Tests of several processes: a test starts itself again to play a part of its own, so there is no program to build
//! beside it and no test that only makes sense when another one calls it.

use std::{
    collections::BTreeSet,
    env,
    fmt::Display,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
};

use commerce_core::{
    domain::ids::{ReservationId, Sku},
    storage::{ChangeSet, InventoryReader, Page, Refusal, Store, StoreError},
};
use futures_util::future::try_join_all;

use crate::fixtures::{changes, demand, held_by_checkout, reservation_id, reserve};

const PART: &str = "COMMERCE_TESTKIT_PART";

/// This very test program, to run the test of this name once more, in a process that plays this [`part`].
///
/// # Errors
/// When the system does not say where the program is.
pub fn again(test: &str, part: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--exact", test, "--nocapture"]).env(PART, part);
    Ok(command)
}

/// The part that this process was started to play; none in the process that was started by a person.
///
/// ```no_run
/// use commerce_testkit::processes::{again, part};
///
/// // #[test]
/// fn a_file_is_locked_for_others() {
///     if let Some(file) = part() {
///         println!("locked: {}", std::fs::File::open(file).is_err());
///         return;
///     }
///     let other = again("a_file_is_locked_for_others", "shop.db").unwrap().output().unwrap();
///     assert!(String::from_utf8_lossy(&other.stdout).contains("locked: true"));
/// }
/// ```
#[must_use]
pub fn part() -> Option<String> {
    env::var(PART).ok()
}

/// Buyers who each want one unit of all these again and again, until one of them is sold out.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// Where the shop is, as its adapter says it: a path, a URL.
    pub shop: String,
    number: u32,
    wants: Vec<String>,
}

/// Buyers of one crowd that ask at the same time.
const BUYERS: u128 = 40;

impl Crowd {
    /// A crowd; its number tells its reservations from those of others.
    pub fn new(shop: impl Display, number: u32, wants: &[&str]) -> Self {
        let wants = wants.iter().map(ToString::to_string).collect();
        Self { shop: shop.to_string(), number, wants }
    }

    /// The crowd that this process was started to be.
    #[must_use]
    pub fn here() -> Option<Self> {
        let (shop, number, wants) = serde_json::from_str(&part()?).ok()?;
        Some(Self { shop, number, wants })
    }

    /// Lets this crowd in, in a process of its own: the test of this name has to begin by asking whether the crowd is
    /// [here](Self::here), and to let it [buy](Self::buy).
    ///
    /// # Errors
    /// When no process can be started.
    pub fn let_in(&self, test: &str) -> io::Result<LetIn> {
        let part = serde_json::to_string(&(&self.shop, self.number, &self.wants))?;
        again(test, &part)?.stdout(Stdio::piped()).spawn().map(LetIn)
    }

    /// Buys until there is nothing left, and says what it got only once it was told so.
    ///
    /// # Errors
    /// What the store says to a buyer, unless it is that nothing is left.
    pub async fn buy(&self, store: &dyn Store) -> Result<(), StoreError> {
        let first = u128::from(self.number) * 10_000_000;
        try_join_all((0..BUYERS).map(|buyer| self.buy_from(store, first + buyer * 100_000))).await.map(drop)
    }

    async fn buy_from(&self, store: &dyn Store, first: u128) -> Result<(), StoreError> {
        for number in first.. {
            match store.commit(self.wanted(number)).await {
                Ok(_) => acknowledge(reservation_id(number)).map_err(StoreError::unavailable)?,
                Err(StoreError::Refused(Refusal::InsufficientStock { .. })) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wanted(&self, number: u128) -> ChangeSet {
        let demands: Vec<_> = self.wants.iter().map(|code| demand(code, 1)).collect();
        changes().with(reserve(number, held_by_checkout(number), demands))
    }
}

fn acknowledge(id: ReservationId) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "bought {id}.")?;
    out.flush()
}

/// A crowd that was let in. It is gone when this is dropped.
#[derive(Debug)]
pub struct LetIn(Child);

impl LetIn {
    /// The reservations that it was told it has, up to its end; a line that was cut off is none.
    pub fn told(&mut self) -> Vec<ReservationId> {
        let lines = self.0.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines());
        let said = lines.map_while(Result::ok);
        said.filter_map(|line| line.rsplit_once("bought ")?.1.strip_suffix('.')?.parse().ok()).collect()
    }

    /// Whether it bought until nothing was left.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn went_home(mut self) -> io::Result<bool> {
        Ok(self.0.wait()?.success())
    }

    /// Ends its process at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the system will not.
    pub fn kill(&mut self) -> io::Result<()> {
        self.0.kill()
    }
}

impl Drop for LetIn {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What there is after the crowds have gone: every reservation, and the units of a SKU they hold.
///
/// # Errors
/// As the store fails.
pub async fn reserved(
    store: &dyn InventoryReader,
    sku: &Sku,
) -> Result<(BTreeSet<ReservationId>, i64), StoreError> {
    let (mut all, mut page) = (BTreeSet::new(), Page::first(Page::<()>::LIMIT));
    loop {
        let found = store.reservations(page).await?;
        let Some(last) = found.last() else { break };
        page = Page::after(last.id, Page::<()>::LIMIT);
        all.extend(found.iter().map(|reservation| reservation.id));
    }
    let levels = store.stock_levels(std::slice::from_ref(sku)).await?;
    Ok((all, levels.iter().map(|level| level.reserved).sum()))
}
