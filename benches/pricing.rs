//! What a quote costs the shop.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no callers and may stop")]

#[path = "../tests/big_cart/mod.rs"]
mod big_cart;

use big_cart::BigCart;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn quotes(c: &mut Criterion) {
    for count in [20, 100, 1_000] {
        let cart = BigCart::with_lines(count);
        c.bench_function(&format!("quote {count} lines with 50 promotions"), |bench| {
            bench.iter_batched(|| cart.lines(), |lines| cart.quote(lines), BatchSize::SmallInput);
        });
    }
}

criterion_group!(benches, quotes);
criterion_main!(benches);
