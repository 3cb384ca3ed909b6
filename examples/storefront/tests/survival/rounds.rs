use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use commerce_testservers::Postgres;

use crate::{dice::Dice, house::House};

/// Within so long after its start the shop sells again, half of the time at least.
const READY: Duration = Duration::from_secs(5);
/// The same at any time: whoever else works on the machine may keep the disk busy.
const READY_AT_LAST: Duration = Duration::from_secs(30);

/// Who is killed, and what is known of it.
pub(crate) struct Rounds {
    house: Arc<House>,
    /// So many processes sell at the same time.
    doors: usize,
    /// The server of the database, if it has one.
    server: Option<Postgres>,
    dice: Dice,
    restarts: Vec<Duration>,
    recoveries: Vec<Duration>,
}

impl Rounds {
    pub(crate) fn new(house: &Arc<House>, doors: usize, server: Option<Postgres>, dice: Dice) -> Self {
        let (restarts, recoveries) = (Vec::new(), Vec::new());
        Self { house: Arc::clone(house), doors, server, dice, restarts, recoveries }
    }

    /// Some time goes by while buyers buy, then somebody dies, and everything is as it was soon after.
    pub(crate) async fn one(&mut self, round: u32) {
        tokio::time::sleep(Duration::from_millis(self.dice.below(900))).await;
        // In turns a process while the other one sells, the server under both, and everything.
        let (doors, server) = match round % 3 {
            _ if self.server.is_none() => (self.doors, false),
            1 => (1, false),
            2 => (0, true),
            _ => (self.doors, true),
        };
        for _ in 0..doors {
            let open = u64::try_from(self.house.doors()).unwrap();
            self.house.kill(usize::try_from(self.dice.below(open)).unwrap());
        }
        if server {
            self.restart_the_server();
            let ready = self.house.ready().await;
            assert!(ready < READY_AT_LAST, "round {round}: {ready:?}");
            self.restarts.push(ready);
        }
        if self.dice.one_in(4) {
            self.house.open_in_vain(Duration::from_millis(self.dice.below(60))).await;
        }
        while self.house.doors() < self.doors {
            let ready = self.house.open().await;
            assert!(ready < READY_AT_LAST, "round {round}: {ready:?}");
            self.restarts.push(ready);
        }
    }

    /// Kills every process of it, and starts it again over the same data. Its own recovery is counted apart.
    fn restart_the_server(&mut self) {
        let Some(server) = &self.server else { return };
        tokio::task::block_in_place(|| {
            server.kill();
            let since = Instant::now();
            server.start_again();
            self.recoveries.push(since.elapsed());
        });
    }

    /// Says how long all of that took, and looks whether anybody waited for anybody in a circle.
    pub(crate) fn tell(&mut self) {
        for (what, times) in [
            ("the shop was ready again", &mut self.restarts),
            ("the server had recovered", &mut self.recoveries),
        ] {
            times.sort();
            assert!(times.get(times.len() / 2).is_none_or(|median| *median < READY), "{what}: {times:?}");
            if let (Some(median), Some(longest)) = (times.get(times.len() / 2), times.last()) {
                eprintln!("{} times {what} after {median:?} (median), {longest:?} (longest)", times.len());
            }
        }
        if let Some(server) = &self.server {
            assert!(!server.log().contains("deadlock"), "{}", server.log());
        }
    }
}
