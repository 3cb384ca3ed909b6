//! Names that are the same each time the same file is read.

use commerce_core::domain::ids::{ProductId, Sku};
use uuid::Uuid;

/// Everything that is named after a handle; drawn once, for good.
const HANDLES: Uuid = Uuid::from_u128(0x7d0f_6f6e_7a53_4a0b_9a52_6a1d_5b9e_41c3);

/// The id of the product of this handle: a name-based UUID (RFC 9562, version 5). A handle that is an id is that id.
pub(crate) fn product_id(handle: &str) -> ProductId {
    ProductId::from_uuid(handle.parse().unwrap_or_else(|_| Uuid::new_v5(&HANDLES, handle.as_bytes())))
}

/// The SKU of a variant that has none: `ocean-shirt/Dark-Blue`. Where spaces are not all that had to go, or it is too
/// long, a digest of all of it comes last, so that no two variants have the same.
pub(crate) fn derived_sku(handle: &str, values: &[String]) -> Option<Sku> {
    let words: Vec<String> = values.iter().map(|value| dashed(value)).collect();
    let exact = dashed(handle) == handle.replace('_', "-")
        && values.iter().zip(&words).all(|(value, word)| word.replace('-', " ") == *value);
    let whole = [handle].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("/");
    if exact && whole.chars().count() <= Sku::LIMIT {
        return Sku::new(whole).ok();
    }
    let parts: Vec<&str> = [handle].into_iter().chain(values.iter().map(String::as_str)).collect();
    let digest = Uuid::new_v5(&HANDLES, parts.join("\n").as_bytes()).simple().to_string();
    let kept: String = whole
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(Sku::LIMIT - 1 - DIGEST)
        .collect();
    Sku::new(format!("{kept}-{}", &digest[..DIGEST])).ok()
}

/// Digits of a digest: 48 bits.
const DIGEST: usize = 12;

fn dashed(text: &str) -> String {
    let words = text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(handle: &str, values: &[&str]) -> String {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        derived_sku(handle, &values).unwrap().to_string()
    }

    #[test]
    fn a_derived_sku_says_what_it_is() {
        assert_eq!(sku("mug", &[]), "mug");
        assert_eq!(sku("ocean-shirt", &["Dark Blue", "XL"]), "ocean-shirt/Dark-Blue/XL");
    }

    #[test]
    fn variants_that_read_alike_have_different_skus_and_the_same_each_time() {
        let alike = [
            sku("shirt", &["Dark Blue"]),
            sku("shirt", &["Dark-Blue"]),
            sku("shirt", &["Dark  Blue"]),
            sku("shirt", &["Dark/Blue"]),
            sku("shirt", &["Dark", "Blue"]),
            sku("shirt/Dark", &["Blue"]),
            sku("shirt", &[&"x".repeat(100)]),
            sku("shirt", &[&"x".repeat(101)]),
        ];
        let mut distinct = alike.to_vec();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), alike.len(), "{alike:?}");
        assert_eq!(sku("shirt", &["Dark-Blue"]), alike[1]);
    }

    #[test]
    fn a_handle_that_is_an_id_is_that_id() {
        let id = product_id("mug");
        assert_eq!(product_id(&id.to_string()), id);
        assert_ne!(product_id("pot"), id);
    }
}
