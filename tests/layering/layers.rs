use super::{
    source::Source,
    tokens::{self, Token, starts_with},
};

/// A module of commerce-core. It may use the layers above its own, whose numbers are lower, and nothing else.
struct Room {
    module: &'static str,
    layer: u8,
    /// Modules of its own layer that it may use all the same.
    beside: &'static [&'static str],
    /// Modules above that it must not use.
    never: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    room("environment", 0),
    room("domain::ids", 0),
    room("domain::money", 0),
    room("domain::metadata", 0),
    room("domain::catalog", 1).never(CLOCK),
    room("domain::customer", 1).never(CLOCK),
    room("domain::inventory", 1).never(CLOCK),
    room("domain::payment", 1).never(CLOCK),
    room("domain::cart", 2).never(CLOCK),
    room("domain::pricing", 3).never(&["environment", "domain::inventory", "domain::payment"]),
    room("domain::order", 4).never(CLOCK),
    room("domain::event", 4).beside(&["domain::order"]).never(CLOCK),
    room("domain", 4).never(CLOCK),
    room("storage", 5),
    room("gateway", 5),
    room("saga", 6).never(COMMERCE),
    room("checkout", 7).beside(FLOWS),
    room("cancellation", 7).beside(FLOWS),
    room("refund", 7).beside(FLOWS),
    room("capture", 7).beside(FLOWS),
    room("service", 8),
    room("memory", 9).never(&["saga", "checkout", "cancellation", "refund", "capture", "service"]),
    room("in_memory", 10),
    room("openapi", 10).never(&[
        "in_memory",
        "memory",
        "saga",
        "cancellation",
        "refund",
        "capture",
        "environment",
    ]),
];

/// The domain is told what time it is.
const CLOCK: &[&str] = &["environment"];
/// The engine names sagas and counts events; of the rest of the domain it knows nothing.
const COMMERCE: &[&str] = &[
    "domain",
    "domain::money",
    "domain::metadata",
    "domain::catalog",
    "domain::customer",
    "domain::inventory",
    "domain::payment",
    "domain::cart",
    "domain::pricing",
    "domain::order",
];
const FLOWS: &[&str] = &["checkout", "cancellation", "refund", "capture"];

/// What has no place in the domain: clocks, randomness, async, and maps without an order.
const NOT_IN_THE_DOMAIN: &[&[&str]] = &[
    &["Utc", "::", "now"],
    &["SystemTime"],
    &["Uuid", "::", "new_v4"],
    &["now_v7"],
    &["tokio", "::"],
    &["HashMap"],
    &["async", "fn"],
];

/// Where a module of commerce-core knows what its layer must not know.
pub(super) fn violations(sources: &[Source]) -> Vec<String> {
    let tests: Vec<Vec<String>> = sources.iter().flat_map(test_modules).collect();
    let mut found = Vec::new();
    for source in sources {
        let Some(module) = source.core_module() else { continue };
        if tests.iter().any(|test| module.starts_with(test)) {
            continue;
        }
        let code = tokens::code(&source.text);
        found.extend(forbidden_imports(source, &module, &code));
        if module.first().is_some_and(|first| first == "domain") {
            found.extend(forbidden_words(source, &code));
        }
    }
    found
}

fn test_modules(source: &Source) -> Vec<Vec<String>> {
    let Some(module) = source.core_module() else { return Vec::new() };
    let inside = |name: &str| [module.clone(), vec![name.to_owned()]].concat();
    tokens::test_modules(&source.text).into_iter().map(inside).collect()
}

fn forbidden_words(source: &Source, code: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, token) in code.iter().enumerate() {
        for words in NOT_IN_THE_DOMAIN.iter().filter(|words| starts_with(&code[at..], words)) {
            let words = words.join(" ").replace(" :: ", "::").replace(" ::", "::");
            found.push(format!("{}:{}: the domain must not use `{words}`", source.path, token.line));
        }
    }
    found
}

fn forbidden_imports(source: &Source, module: &[String], code: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    if module.is_empty() {
        return found;
    }
    let here = format!("{}:", source.path);
    let Some(room) = room_of(&module.join("::")) else {
        return vec![format!("{here} {} stands in no layer", module.join("::"))];
    };
    for import in super::imports::of(module, code) {
        let (line, path) = (import.line, import.path.join("::"));
        match room_of(&path) {
            Some(used) if room.may_use(used) => {}
            Some(used) => found.push(format!(
                "{here}{line}: {} (layer {}) must not use {path} (layer {})",
                room.module, room.layer, used.layer
            )),
            None => found.push(format!("{here}{line}: crate::{path} stands in no layer")),
        }
    }
    found.dedup();
    found
}

/// The innermost room that a path leads into.
fn room_of(path: &str) -> Option<&'static Room> {
    let leads_into = |room: &&Room| {
        path.strip_prefix(room.module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    ROOMS.iter().filter(leads_into).max_by_key(|room| room.module.len())
}

const fn room(module: &'static str, layer: u8) -> Room {
    Room { module, layer, beside: &[], never: &[] }
}

impl Room {
    const fn beside(self, beside: &'static [&'static str]) -> Self {
        Self { beside, ..self }
    }

    const fn never(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }

    fn may_use(&self, used: &Self) -> bool {
        let above = used.layer < self.layer && !self.never.contains(&used.module);
        used.module == self.module || above || self.beside.contains(&used.module)
    }
}

#[test]
fn the_table_names_only_modules_it_has() {
    for name in ROOMS.iter().flat_map(|room| room.beside.iter().chain(room.never)) {
        assert!(ROOMS.iter().any(|room| room.module == *name), "{name}");
    }
}
