//! What buyers find, in sentences.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

#[cfg(test)]
mod shelf;

#[cfg(test)]
mod finding;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod narrowing;
#[cfg(test)]
mod ordering;
#[cfg(test)]
mod typos;
