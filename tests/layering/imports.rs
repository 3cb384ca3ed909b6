use super::tokens::{Token, starts_with};

/// A path of this crate that the code names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) line: usize,
    /// From the root of the crate.
    pub(super) path: Vec<String>,
}

/// Every path that begins with `crate`, `super` or `self`, wherever it stands; a group counts as all its parts.
pub(super) fn of(module: &[String], code: &[Token<'_>]) -> Vec<Import> {
    let mut walk = Walk { code, module: module.to_vec(), opened: Vec::new(), depth: 0, found: Vec::new() };
    let mut at = 0;
    while at < code.len() {
        at = walk.step(at);
    }
    walk.found
}

struct Walk<'a> {
    code: &'a [Token<'a>],
    /// Where the walk is.
    module: Vec<String>,
    /// How deep the modules stand that were opened in this file.
    opened: Vec<usize>,
    depth: usize,
    found: Vec<Import>,
}

impl Walk<'_> {
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.code[at..];
        match rest[0].text {
            "mod" if rest.get(2).is_some_and(|next| next.text == "{") => {
                self.module.push(rest[1].text.to_owned());
                self.opened.push(self.depth);
                return at + 2;
            }
            "{" => self.depth += 1,
            "}" => self.close(),
            "crate" | "super" | "self" if starts_with(&rest[1..], &["::"]) => {
                let (base, at) = self.base(at);
                return self.tree(base, at);
            }
            _ => {}
        }
        at + 1
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.opened.last() == Some(&self.depth) {
            self.opened.pop();
            self.module.pop();
        }
    }

    /// The module that the first words of a path name, and where the path goes on.
    fn base(&self, mut at: usize) -> (Vec<String>, usize) {
        let mut base = self.module.clone();
        while self.code.get(at + 1).is_some_and(|next| next.text == "::") {
            match self.code[at].text {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                "self" => {}
                _ => break,
            }
            at += 2;
        }
        (base, at)
    }

    /// Notes the paths that go on at `at`; answers where they end.
    fn tree(&mut self, mut path: Vec<String>, mut at: usize) -> usize {
        while let Some(token) = self.code.get(at) {
            match token.text {
                "{" => return self.group(&path, at + 1),
                "*" => {
                    at += 1;
                    break;
                }
                "self" => at += 1,
                word if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    path.push(word.to_owned());
                    at += 1;
                }
                _ => break,
            }
            match self.code.get(at) {
                Some(next) if next.text == "::" => at += 1,
                _ => break,
            }
        }
        let line = self.code[at.min(self.code.len()) - 1].line;
        self.found.push(Import { line, path });
        at
    }

    fn group(&mut self, path: &[String], mut at: usize) -> usize {
        while let Some(token) = self.code.get(at) {
            match token.text {
                "}" => return at + 1,
                "," => at += 1,
                "as" => at += 2,
                _ => at = self.tree(path.to_vec(), at).max(at + 1),
            }
        }
        at
    }
}
