//! The layers of the engine, and what no file may have: read from the sources, so that no habit wears them down.
//!
//! [`violations`] is a pure function over paths and texts. The tests in `broken` feed it sources that break each
//! rule, so a rule that stopped working would be seen.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod adapters;
mod imports;
mod layers;

mod limits;

mod source;
mod tokens;

mod broken;

use source::Source;

#[test]
fn every_module_uses_only_what_its_layer_may_know() {
    none(&layers::violations(&sources()));
    none(&adapters::violations(&sources()));
}

#[test]
fn no_file_is_too_long_or_unfinished() {
    none(&limits::violations(&sources()));
}

fn sources() -> Vec<Source> {
    let sources = source::of_workspace().unwrap();
    assert!(sources.iter().any(|source| source.path == "commerce-core/src/domain/money.rs"));
    sources
}

fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
