use super::{
    imports,
    source::Source,
    tokens::{self, Token},
};

/// The crates that keep a port's promise with somebody else's program.
const ADAPTERS: &[&str] = &["commerce-sqlite/src/", "commerce-postgres/src/", "commerce-search/src/"];

/// What an adapter may know of the engine.
const KNOWN: &[&str] = &["domain", "storage", "gateway", "environment"];

/// Where an adapter knows more of the engine than the ports and what goes through them.
pub(super) fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in
        sources.iter().filter(|source| ADAPTERS.iter().any(|crate_| source.path.starts_with(crate_)))
    {
        let code: Vec<Token<'_>> = tokens::code(&source.text).into_iter().map(as_the_engine_would).collect();
        for import in imports::of(&["adapter".to_owned()], &code) {
            let room = import.path.first().map_or("everything", String::as_str);
            if room != "adapter" && !KNOWN.contains(&room) {
                found.push(format!("{}:{}: an adapter must not use {room}", source.path, import.line));
            }
        }
    }
    found
}

/// Reads paths into the engine as the engine's own, and the adapter's as those of a module in it.
fn as_the_engine_would(token: Token<'_>) -> Token<'_> {
    let text = match token.text {
        "commerce_core" => "crate",
        "crate" | "super" => "self",
        other => other,
    };
    Token { text, ..token }
}

#[test]
fn adapters_know_the_ports_and_nothing_behind_them() {
    let broken =
        "use crate::service::Own;\nuse commerce_core::{domain::money::Money, service::Commerce, saga};";
    let sources = [("commerce-sqlite/src/a.rs", broken), ("examples/a.rs", broken)]
        .map(|(path, text)| Source { path: path.into(), text: text.into() });
    assert_eq!(
        violations(&sources),
        ["service", "saga"].map(|room| format!("commerce-sqlite/src/a.rs:2: an adapter must not use {room}"))
    );
}
