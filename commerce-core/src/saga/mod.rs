//! The saga engine: runs a plan step by step, remembers how far it is, and goes on after a crash. It knows nothing
//! of commerce.
//!
//! A step's effects and the saga's progress are one commit, so local steps happen exactly once without being written
//! to. Steps that move money journal their intent first: the durable step index *is* the intent, so nothing may be
//! unsaved when such a step runs. Every claim raises the record's version and draws a new lease: the fence that keeps
//! a worker that was taken for dead from writing.

mod step;

mod retry;

mod runner;

mod resume;

mod ride;

mod save;

pub use resume::Resume;
pub use retry::Patience;
pub use runner::{Answer, Runner, SagaSettings, Start};
pub use step::{Context, Kind, Next, Plan, Reach, Step, Trouble, Undoable};
