use std::fmt::Display;

use commerce_kit::{
    domain::{
        catalog::{Media, Product, Translation, Variant},
        pricing::{CodeBatch, Promotion},
    },
    gateway::Facet,
};
use serde_json::Value;

/// Descriptions are the comments in the code: makes them say the same to who does not read it.
pub(super) fn without_code(document: &mut Value) {
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" || name == "summary" => *text = plain(text),
                    member => without_code(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_code),
        _ => {}
    }
}

/// The text up to its example, with links replaced by what they say and constants by what they are.
fn plain(text: &str) -> String {
    let text = text.split_once("\n\n```").map_or(text, |(before, _)| before);
    let mut plain = without_links(text);
    for (code, words) in WORDS {
        plain = plain.replace(code, &words.to_string());
    }
    plain
}

/// What comments name that only the code has.
const WORDS: [(&str, &(dyn Display + Sync)); 16] = [
    ("`Facet::VALUES`", &Facet::VALUES),
    ("`Media::ALT`", &Media::ALT),
    ("`Product::TITLE`", &Product::TITLE),
    ("`Product::DESCRIPTION`", &Product::DESCRIPTION),
    ("`Product::VARIANTS`", &Product::VARIANTS),
    ("`Product::CATEGORIES`", &Product::CATEGORIES),
    ("`Product::MEDIA`", &Product::MEDIA),
    ("`Product::LANGUAGES`", &Product::LANGUAGES),
    ("`Variant::PRICES`", &Variant::PRICES),
    ("`Variant::PARTS`", &Variant::PARTS),
    ("`Translation::WORDS`", &Translation::WORDS),
    ("`Promotion::NAME`", &Promotion::NAME),
    ("`CodeBatch::CODES`", &CodeBatch::CODES),
    ("`Product::title`", &"the product's title"),
    ("`Product::description`", &"the product's description"),
    (" `Variant::price_for` says which one counts.", &""),
];

fn without_links(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, (label, after))) =
        rest.split_once('[').and_then(|(before, link)| Some((before, link.split_once(']')?)))
    {
        plain.extend([before, label]);
        rest =
            after.strip_prefix('(').and_then(|target| target.split_once(')')).map_or(after, |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_says_stays_and_where_it_leads_goes() {
        assert_eq!(plain("up to [`Media::ALT`] characters"), "up to 500 characters");
        assert_eq!(
            plain("that stand [alone](Stacking::Alone) are [`first`]"),
            "that stand alone are `first`"
        );
        assert_eq!(plain("Codes.\n\n```\nuse it;\n```"), "Codes.");
        assert_eq!(plain("an [open one"), "an [open one");
    }
}
