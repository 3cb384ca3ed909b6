use std::mem;

use crate::index::Fields;

/// What a buyer typed, in parts that all have to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A word. What stands between two spaces may be a SKU as a whole: then it has that too.
    Word { word: String, whole: String },
    /// Several words without a space between them, such as `MUG-SLATE`.
    Compound { words: Vec<String>, whole: String },
    /// Words one after the other.
    Phrase(Vec<String>),
}

/// The most words that count; what comes after them is passed over.
const WORDS: usize = 32;

/// Takes a text apart. Every text has parts: nothing in it is a command.
pub(crate) fn parts(text: &str, fields: &Fields) -> Vec<Part> {
    let (mut parts, mut left) = (Vec::new(), WORDS);
    let pieces: Vec<&str> = text.split(['"', '“', '”', '„', '«', '»']).collect();
    for (number, piece) in pieces.iter().enumerate() {
        // A quotation mark that is never closed begins no phrase.
        let quoted = number % 2 == 1 && number + 1 < pieces.len();
        if quoted {
            let words = fields.split(piece, left);
            left -= words.len();
            match words.len() {
                0 => {}
                1 => parts.extend(words.into_iter().map(|word| Part::Word { whole: word.clone(), word })),
                _ => parts.push(Part::Phrase(words)),
            }
            continue;
        }
        for chunk in piece.split_whitespace() {
            let mut words = fields.split(chunk, left);
            left -= words.len();
            let whole = chunk.to_lowercase();
            match words.len() {
                0 => {}
                1 => parts.push(Part::Word { word: mem::take(&mut words[0]), whole }),
                _ => parts.push(Part::Compound { words, whole }),
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::fields;

    fn shown(text: &str) -> Vec<String> {
        let show = |part| match part {
            Part::Word { word, .. } => word,
            Part::Compound { words, whole } => format!("{}={whole}", words.join("+")),
            Part::Phrase(words) => format!("<{}>", words.join(" ")),
        };
        parts(text, &fields()).into_iter().map(show).collect()
    }

    #[test]
    fn a_text_is_words_and_phrases_and_nothing_else() {
        assert_eq!(shown("Blue  MUG"), ["blue", "mug"]);
        assert_eq!(shown("\"french press\" 350ml"), ["<french press>", "350ml"]);
        assert_eq!(shown("MUG-SLATE"), ["mug+slate=mug-slate"]);
        assert_eq!(shown("café"), ["cafe"]);
        assert_eq!(shown("5\" pan"), ["5", "pan"]);
        assert_eq!(shown("title:(a OR b*)~2"), ["title+a=title:(a", "or", "b+2=b*)~2"]);
        assert_eq!(shown("\"\" \"one\" *** ()"), ["one"]);
        assert_eq!(shown(&"a ".repeat(1_000)).len(), 32);
    }
}
