//! A whole shop in one simulated world, with something going wrong at every turn, drawn from a seed.
//!
//! The real engine runs, all of it: use cases, sagas, workers, relay and sweeper, in several processes on one thread
//! and in virtual time. What is simulated is everything around it: the time, the bank, the post, buyers who press
//! everything twice, an administrator, and the faults. After every effect a judge compares what was written with a
//! model of a few hundred lines; at the end everything must come to rest and add up.
//!
//! ```
//! use commerce_testkit::simulation::Simulation;
//!
//! let outcome = Simulation::of(1).run();
//! assert_eq!(outcome.violations, []);
//! assert!(outcome.faults.len() >= 60);
//! ```

mod run;

mod swarm;

mod fate;
mod plan;

mod town;

mod administrator;
mod bank;
mod buyer;
mod goods;
mod post;

mod tap;

mod calm;
mod checks;
mod judge;
mod model;

pub mod planted;

mod coverage;
mod many;
mod report;
mod shrink;

pub use coverage::Coverage;
pub use many::{Tally, first_failure, many};
pub use plan::Plan;
pub use report::report;
pub use run::{Outcome, Simulation, Storage};
pub use shrink::shrink;
