//! A large cart costs no more than its size. Alone in its file, so that no other test runs beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may stop")]

mod big_cart;

use std::time::{Duration, Instant};

use big_cart::BigCart;

#[test]
fn a_thousand_lines_cost_at_most_sixty_times_twenty() {
    let (small, large) = (BigCart::with_lines(20), BigCart::with_lines(1_000));
    // The best of many rounds: whatever else runs on the machine only ever adds time.
    let rounds: Vec<_> = (0..100).map(|_| (time(&small), time(&large))).collect();
    let few = rounds.iter().map(|round| round.0).min().unwrap();
    let many = rounds.iter().map(|round| round.1).min().unwrap();
    assert!(many <= few * 60, "20 lines took {few:?}, 1,000 took {many:?}");
}

fn time(cart: &BigCart) -> Duration {
    let lines = cart.lines();
    let start = Instant::now();
    let quote = cart.quote(lines);
    let time = start.elapsed();
    assert!(quote.adds_up());
    time
}
