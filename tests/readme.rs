//! What the README says of this repository is there. Its code is compiled as a test of the documentation.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{fs, path::Path};

const README: &str = include_str!("../README.md");
const OF_THE_SHOP: &str = include_str!("../examples/storefront/README.md");

/// Those of the reference shop are run by a test of its own.
#[test]
fn the_lines_from_product_to_order_are_those_of_the_reference_shop() {
    let lines = |text: &'static str| {
        let block = text.split("```sh\n").find(|block| block.starts_with("shop="));
        block.and_then(|block| block.split("```").next()).expect("no lines from product to order")
    };
    assert_eq!(lines(README), lines(OF_THE_SHOP));
}

#[test]
fn every_test_file_and_example_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in [
        "tests",
        "commerce-core/src",
        "commerce-testkit",
        "commerce-search/tests",
        "commerce-sqlite/tests",
        "examples/storefront/tests",
    ] {
        collect(&root.join(folder), &mut sources);
    }
    for word in README.split('`').skip(1).step_by(2) {
        if word.contains('/') && !word.contains(char::is_whitespace) {
            assert!(root.join(word).exists(), "there is no {word}");
        }
        let is_sentence = word.matches('_').count() > 2 && word.chars().all(|c| c.is_lowercase() || c == '_');
        if is_sentence {
            assert!(sources.contains(&format!("fn {word}(")), "there is no test {word}");
        }
        if let Some(example) = word.strip_prefix("cargo run --example ") {
            let ways = [format!("examples/{example}.rs"), format!("examples/{example}/main.rs")];
            assert!(ways.iter().any(|way| root.join(way).exists()), "there is no example {example}");
        }
    }
    for link in README.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(link.starts_with("http") || root.join(link).exists(), "there is no {link}");
    }
}

fn collect(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
