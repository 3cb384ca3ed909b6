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

# Holds the tax table to the value added tax of 28 countries: a file of github.com/ibericode/vat-rates.
vat FILE:
    VAT_RATES={{FILE}} cargo test --test vat

# Measures; the figures are written to target/criterion.
bench:
    cargo bench

# Kills the reference shop sixty times while buyers buy, in a file and in PostgreSQL, and says what came of it.
kill-rounds:
    KILL_ROUNDS=60 cargo test --package storefront --test survival kills -- --nocapture

# Opens the reference shop.
shop:
    cargo run --package storefront

# Runs a checkout with every fault at every port call, and says what came of each.
faults:
    cargo test --package commerce-testkit --test faults -- --nocapture

# Runs twenty thousand simulated seeds, or as many as ten minutes allow; replays, and every planted bug.
simulate-all:
    cargo test --release --package commerce-testkit --test simulation -- --nocapture

# Replays one simulated seed with its log; a seed that fails is shrunk.
simulate SEED:
    cargo run --release --package commerce-testkit --example simulate -- seed {{SEED}}

# Runs so many simulated seeds, such as a million, and says how far it is.
simulate-long N:
    cargo run --release --package commerce-testkit --example simulate -- long {{N}}

# Runs simulated seeds with every pair of faults and nothing else going wrong.
simulate-pairs N="50":
    cargo run --release --package commerce-testkit --example simulate -- pairs {{N}}

# Plants every bug in the simulation, and prints how soon each is found.
simulate-bugs:
    cargo run --release --package commerce-testkit --example simulate -- bugs

# Kills the process that indexes fifty times while products change, and compares the index with the store each time.
search-kill-rounds:
    KILL_ROUNDS=50 cargo test --package commerce-search --test feed kills -- --nocapture

# Measures searches among a million products beside tantivy alone; needs `apt-cache` for real names.
search-bench:
    cargo bench --bench search

# Searches for real names with a typo, beside Typesense; needs `apt-cache`, and pip for the server.
search-typos:
    cargo bench --bench search -- typos
