//! How what happens in a shop comes to be found.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

#[cfg(test)]
mod house;

#[cfg(test)]
mod changes;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod rebuilding;
