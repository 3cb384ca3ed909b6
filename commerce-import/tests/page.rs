//! That `docs/import.md` lists the columns that the code knows.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/import.md");
const CODE: &str = include_str!("../src/row.rs");

#[test]
fn every_column_is_on_the_page_and_no_other() {
    let known = CODE.split("/// Where the columns stand").next().unwrap();
    let known: BTreeSet<&str> = known.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let listed: BTreeSet<&str> = rows.flat_map(|row| row.trim_end_matches('`').split("`, `")).collect();
    assert!(known.len() > 20);
    assert_eq!(listed, known);
}
