//! The shop as its buyers and its people meet it: over real HTTP, on a port of its own for each test.

#[cfg(test)]
mod client;

#[cfg(test)]
mod bank_rules;
#[cfg(test)]
mod banks;
#[cfg(test)]
mod buying;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod staff;
