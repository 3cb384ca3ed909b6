//! A rule that the macro does not name would never run.

use std::{fs, path::Path};

#[test]
fn the_macros_name_every_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let macros = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let named = |rule: &str| macros.split_whitespace().filter(|word| *word == rule).count();
    let mut rules = 0;
    for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let file = if file.is_dir() { file.join("mod.rs") } else { file };
        let source = fs::read_to_string(&file).unwrap();
        for rule in source.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
            let rule = rule.split('(').next().unwrap();
            // A tool of the rules, to be called with a seed of one's own.
            if rule != "answers_alike" {
                assert_eq!(named(rule), 1, "{rule} of {}", file.display());
                rules += 1;
            }
        }
    }
    assert!(rules > 70, "{rules} rules were found");
}
