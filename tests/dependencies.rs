//! The engine brings no database, no search index, no HTTP and no TLS into anybody's build.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::process::Command;

/// Each stands for its whole family: `sqlx` for `sqlx-core`, `rustls` for `rustls-webpki`.
const UNWANTED: [&str; 9] =
    ["sqlx", "redis", "tantivy", "axum", "hyper", "rustls", "native-tls", "openssl", "ring"];

#[test]
fn the_engine_pulls_in_no_driver_no_server_and_no_tls() {
    let tree = tree_of_the_engine();
    assert!(tree.lines().any(|line| line.starts_with("commerce-core ")), "{tree}");
    assert!(tree.lines().any(|line| line.starts_with("rust_decimal ")), "{tree}");
    assert_eq!(unwanted(&tree), [""; 0], "{tree}");
}

#[test]
fn a_tree_with_a_driver_is_noticed() {
    let tree = "commerce-core v0.1.0\nsqlx-core v0.9.0\nserde v1.0.0\nring v0.17.0\nringbuf v0.4.0 (*)\n";
    assert_eq!(unwanted(tree), ["sqlx-core", "ring"]);
}

/// One line for each package, its name first; no build or test dependencies.
fn tree_of_the_engine() -> String {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", "commerce-core", "--all-features", "--edges", "normal"])
        .args(["--prefix", "none", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

fn unwanted(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let family = |name: &str, of: &str| {
        name.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    names.filter(|name| UNWANTED.iter().any(|of| family(name, of))).collect()
}
