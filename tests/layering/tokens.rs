/// A word or a sign of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// The line it stands in, from 1.
    pub(super) line: usize,
}

/// The code of a file: without comments, strings, characters, lifetimes and what is compiled for tests only.
pub(super) fn code(text: &str) -> Vec<Token<'_>> {
    without_tests(&all(text))
}

/// The modules in files of their own that are compiled for tests only.
pub(super) fn test_modules(text: &str) -> Vec<&str> {
    let tokens = all(text);
    let names = (0..tokens.len()).filter(|at| starts_with(&tokens[*at..], &TEST_ONLY));
    let names = names.map(|at| &tokens[at + TEST_ONLY.len()..]);
    names
        .filter(|rest| starts_with(rest, &["mod"]) && rest.get(2).is_some_and(|end| end.text == ";"))
        .map(|rest| rest[1].text)
        .collect()
}

/// Whether the code goes on with these words.
pub(super) fn starts_with(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
}

const TEST_ONLY: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let (mut kept, mut at) = (Vec::with_capacity(tokens.len()), 0);
    while at < tokens.len() {
        if starts_with(&tokens[at..], &TEST_ONLY) {
            at = end_of_item(tokens, at + TEST_ONLY.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Behind the first semicolon, or behind the brace that closes the first one opened.
fn end_of_item(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "{" => depth += 1,
            "}" if depth <= 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn all(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, is_code) = next(rest, first);
        let (token, behind) = rest.split_at(length);
        if is_code {
            tokens.push(Token { text: token, line });
        }
        line += token.matches('\n').count();
        rest = behind;
    }
    tokens
}

/// How long the next piece of text is, and whether it is code.
fn next(rest: &str, first: char) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), false);
    }
    if let Some(length) = string(rest) {
        return (length, false);
    }
    if first == '\'' {
        return (character_or_lifetime(rest), false);
    }
    if rest.starts_with("::") {
        return (2, true);
    }
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (word.max(first.len_utf8()), !first.is_whitespace())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string that begins here, plain or raw, if one does.
fn string(rest: &str) -> Option<usize> {
    let prefix = rest.find(|c: char| !matches!(c, 'b' | 'c' | 'r'))?;
    let raw = rest[..prefix].ends_with('r');
    let hashes = if raw { rest[prefix..].bytes().take_while(|byte| *byte == b'#').count() } else { 0 };
    let start = prefix + hashes;
    let body = rest[start..].strip_prefix('"').filter(|_| prefix <= 2)?;
    let end = if raw { body.find(&format!("\"{}", "#".repeat(hashes))) } else { closing_quote(body, '"') };
    Some(end.map_or(rest.len(), |end| start + 1 + end + 1 + hashes))
}

fn closing_quote(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    body.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

fn character_or_lifetime(rest: &str) -> usize {
    let body = &rest[1..];
    let mut characters = body.chars();
    let first = characters.next();
    if first == Some('\\') || characters.next() == Some('\'') {
        return closing_quote(body, '\'').map_or(rest.len(), |end| end + 2);
    }
    1 + body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len())
}
