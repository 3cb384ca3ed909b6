//! Stock: what is there, what is promised, and why it changed.

mod level;
mod movement;
mod reservation;

mod allocation;

pub use allocation::{
    AllocationRequest, AllocationStrategy, Candidates, MostAvailableFirst, Split, demands, levels_of,
};
pub use level::{Backorder, StockKey, StockLevel, StockPolicy, StockProblem};
pub use movement::{MovementKey, MovementReason, StockMovement};
pub use reservation::{Demand, Holder, ReleaseReason, Reservation, ReservationState, ReservedLine};
