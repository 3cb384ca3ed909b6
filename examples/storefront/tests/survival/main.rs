//! A shop in processes of its own, in a file and in PostgreSQL, that is killed, copied and damaged while buyers buy: what it said holds.

#[cfg(test)]
mod buyer;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod house;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod picking;
#[cfg(test)]
mod purchase;
#[cfg(test)]
mod rounds;

#[cfg(test)]
mod audits;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod kills;
