use super::{
    source::Source,
    tokens::{self, starts_with},
};

/// A file past this wants to be two.
const LINES: usize = 600;
/// Spelled in halves, so that this file has neither.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Where a file is too long, says itself that it is not finished, or has a test that is not run.
pub(super) fn violations(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(of_source).collect()
}

fn of_source(source: &Source) -> Vec<String> {
    let path = &source.path;
    let lines = source.text.lines().count();
    let long = (lines > LINES).then(|| format!("{path}: {lines} lines, at most {LINES} are allowed"));
    long.into_iter().chain(notes(source)).chain(left_out(source)).collect()
}

/// Notes to oneself, in the code or in comments.
fn notes(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(note) = words.find(|word| UNFINISHED.contains(word)) {
            found.push(format!("{}:{}: `{note}`: do it or drop it", source.path, index + 1));
        }
    }
    found
}

/// Tests that nobody runs.
fn left_out(source: &Source) -> Vec<String> {
    let code = tokens::code(&source.text);
    let ignored = |at: &usize| starts_with(&code[*at..], &["#", "[", "ignore"]);
    let report =
        |at: usize| format!("{}:{}: a test is left out: run it or drop it", source.path, code[at].line);
    (0..code.len()).filter(ignored).map(report).collect()
}
