# Lists the recipes.
default:
    @just --list

# Checks everything and changes nothing: what .ci/run checks.
verify:
    .ci/run

# Formats the code and takes the lints' own corrections.
fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --all-features --fix --allow-dirty --allow-staged

# Holds a million made-up carts to the laws of money.
laws:
    LAWS=1000000 cargo test --release --test money_laws

# Measures; the figures are written to target/criterion.
bench:
    cargo bench

# Kills the reference shop sixty times while buyers buy, and says what came of it.
kill-rounds:
    KILL_ROUNDS=60 cargo test --package storefront --test survival kills -- --nocapture

# Opens the reference shop.
shop:
    cargo run --package storefront

# Runs a checkout with every fault at every port call, and says what came of each.
faults:
    cargo test --package commerce-testkit --test faults -- --nocapture
