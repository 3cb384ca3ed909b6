use std::collections::{BTreeMap, BTreeSet};

use super::{Language, Media, MediaUrl, PriceList, Product, Translation, Variant};
use crate::domain::{
    ids::{AttributeName, MarketId, PriceListCode, Sku},
    money::Money,
};

/// Why a product cannot be saved as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProductProblem {
    /// The title is empty or too long.
    #[error("the title must have 1 to {} characters", Product::TITLE)]
    Title,
    /// The description is too long.
    #[error("the description must have at most {} characters", Product::DESCRIPTION)]
    Description,
    /// There are no variants, or too many.
    #[error("a product has 1 to {} variants", Product::VARIANTS)]
    Variants,
    /// Two variants have the same SKU.
    #[error("{sku} stands on two variants")]
    SkuTwice {
        /// The SKU.
        sku: Sku,
    },
    /// The variant does not name one listed value for each option.
    #[error("{sku} must name one of the listed values for each option")]
    OptionValues {
        /// The variant.
        sku: Sku,
    },
    /// Two variants have the same option values.
    #[error("{sku} has the same option values as another variant")]
    SameOptions {
        /// The later of the two.
        sku: Sku,
    },
    /// The variant has two prices in one market for the same number of pieces on the same list.
    #[error("{sku} has two prices in market {market} from the same piece on, on the same list or on none")]
    PriceTwice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// The price is below zero.
    #[error("{sku} has a price below zero in market {market}")]
    NegativePrice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// It stands in too many categories.
    #[error("a product stands in at most {} categories", Product::CATEGORIES)]
    TooManyCategories,
    /// There are too many media.
    #[error("a product has at most {} media", Product::MEDIA)]
    TooManyMedia,
    /// What is said of a picture is too long.
    #[error("what is said of {url} must have at most {} characters", Media::ALT)]
    Alt {
        /// Where the picture is.
        url: MediaUrl,
    },
    /// A picture shows a variant that the product does not have.
    #[error("{url} shows {sku}, which is no variant of the product")]
    ShowsNothing {
        /// Where the picture is.
        url: MediaUrl,
        /// What it is said to show.
        sku: Sku,
    },
    /// There are too many languages.
    #[error("a product speaks at most {} languages besides its own", Product::LANGUAGES)]
    TooManyLanguages,
    /// A translation breaks a limit.
    #[error(
        "in {language}, the title, the description or a word is empty or too long, or there are more than {} words",
        Translation::WORDS
    )]
    Translation {
        /// The language.
        language: Language,
    },
    /// An attribute has two types.
    #[error("{name} must be of one type, with one unit, wherever the product and its variants name it")]
    AttributeTypes {
        /// The attribute.
        name: AttributeName,
    },
    /// The variant has too many prices.
    #[error("{sku} must have at most {} prices", Variant::PRICES)]
    TooManyPrices {
        /// The variant.
        sku: Sku,
    },
    /// What the price is compared with is not more than the price, or in another currency.
    #[error("{sku} must be compared with more than its price in market {market}, in the same currency")]
    CompareAt {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// The floor of the price is below zero, above the price, or in another currency.
    #[error("{sku} must have a floor from zero up to its price in market {market}, in the same currency")]
    Floor {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// The price list ends before it begins.
    #[error("the price list {list} must end after it starts")]
    PriceListDates {
        /// The list.
        list: PriceListCode,
    },
    /// Two prices say different things of one list.
    #[error("every price on the list {list} must say the same of its priority, group and dates")]
    PriceListsDiffer {
        /// The list.
        list: PriceListCode,
    },
    /// Nobody can buy so few and so many at once.
    #[error("{sku} must allow at least as many pieces as it asks for")]
    Pieces {
        /// The variant.
        sku: Sku,
    },
    /// The kit has too many parts, or one of them twice.
    #[error("{sku} must have at most {} parts, each once", Variant::PARTS)]
    Kit {
        /// The variant.
        sku: Sku,
    },
}

impl Product {
    pub(super) fn check_media(&self) -> Result<(), ProductProblem> {
        if self.media.len() > Self::MEDIA {
            return Err(ProductProblem::TooManyMedia);
        }
        for Media { url, alt, skus, .. } in &self.media {
            if alt.chars().count() > Media::ALT {
                return Err(ProductProblem::Alt { url: url.clone() });
            }
            if let Some(sku) = skus.iter().find(|sku| self.variant(sku).is_none()) {
                return Err(ProductProblem::ShowsNothing { url: url.clone(), sku: sku.clone() });
            }
        }
        Ok(())
    }

    pub(super) fn check_translations(&self) -> Result<(), ProductProblem> {
        if self.translations.len() > Self::LANGUAGES {
            return Err(ProductProblem::TooManyLanguages);
        }
        match self.translations.iter().find(|(_, translation)| !translation.fits()) {
            Some((language, _)) => Err(ProductProblem::Translation { language: language.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn check_attributes(&self) -> Result<(), ProductProblem> {
        let mut types = BTreeMap::new();
        let of_variants = self.variants.iter().flat_map(|variant| variant.attributes.iter());
        for (name, attribute) in self.attributes.iter().chain(of_variants) {
            if !types.entry(name).or_insert(attribute).is_like(attribute) {
                return Err(ProductProblem::AttributeTypes { name: name.clone() });
            }
        }
        Ok(())
    }

    pub(super) fn check_price_lists(&self) -> Result<(), ProductProblem> {
        let mut known: BTreeMap<&PriceListCode, &PriceList> = BTreeMap::new();
        let prices = self.variants.iter().flat_map(|variant| &variant.prices);
        for list in prices.filter_map(|price| price.list.as_ref()) {
            if !list.has_time() {
                return Err(ProductProblem::PriceListDates { list: list.code.clone() });
            }
            if *known.entry(&list.code).or_insert(list) != list {
                return Err(ProductProblem::PriceListsDiffer { list: list.code.clone() });
            }
        }
        Ok(())
    }
}

impl Variant {
    pub(super) fn check(&self) -> Result<(), ProductProblem> {
        let mut parts = BTreeSet::new();
        if self.kit.len() > Self::PARTS || !self.kit.iter().all(|part| parts.insert(&part.sku)) {
            return Err(ProductProblem::Kit { sku: self.sku.clone() });
        }
        if self.min_pieces.zip(self.max_pieces).is_some_and(|(min, max)| min > max) {
            return Err(ProductProblem::Pieces { sku: self.sku.clone() });
        }
        if self.prices.len() > Self::PRICES {
            return Err(ProductProblem::TooManyPrices { sku: self.sku.clone() });
        }
        let mut places = BTreeSet::new();
        for price in &self.prices {
            let (sku, market, amount) = (self.sku.clone(), price.market.clone(), price.amount);
            if !places.insert((&price.market, price.list_code(), price.from_quantity)) {
                return Err(ProductProblem::PriceTwice { sku, market });
            }
            if amount.is_negative() {
                return Err(ProductProblem::NegativePrice { sku, market });
            }
            let alike = |other: &Money| other.currency() == amount.currency();
            if price.compare_at.is_some_and(|more| !alike(&more) || more.minor() <= amount.minor()) {
                return Err(ProductProblem::CompareAt { sku, market });
            }
            let range = 0..=amount.minor();
            if price.floor.is_some_and(|floor| !alike(&floor) || !range.contains(&floor.minor())) {
                return Err(ProductProblem::Floor { sku, market });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use chrono::DateTime;

    use super::*;
    use crate::domain::{
        catalog::{Attribute, Attributes, KitPart, Price},
        ids::ProductId,
        money::Currency,
    };

    fn sku(code: &str) -> Sku {
        Sku::new(code).unwrap()
    }

    fn euro(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn price(minor: i64) -> Price {
        Price::new(MarketId::main(), euro(minor))
    }

    fn mug(prices: impl IntoIterator<Item = Price>) -> Product {
        let variant = Variant { prices: prices.into_iter().collect(), ..Variant::new(sku("MUG")) };
        Product::new(ProductId::from_uuid(uuid::Uuid::nil()), "Mug", variant)
    }

    fn list(code: &str) -> PriceList {
        PriceList::new(PriceListCode::new(code).unwrap())
    }

    #[test]
    fn a_variant_has_one_price_for_a_market_a_list_and_a_number_of_pieces_and_none_below_zero() {
        let ten = NonZeroU32::new(10).unwrap();
        let prices =
            [price(1), price(1).from_pieces(ten), price(1).on_list(list("a")), price(1).on_list(list("b"))];
        assert_eq!(mug(prices.clone()).check(), Ok(()));
        for twice in &prices {
            let problem = mug(prices.iter().chain([twice]).cloned()).check();
            assert!(matches!(problem, Err(ProductProblem::PriceTwice { .. })), "{problem:?}");
        }
        assert!(matches!(mug([price(-1)]).check(), Err(ProductProblem::NegativePrice { .. })));
        let pieces = |n| NonZeroU32::MIN.saturating_add(n);
        let many = |count: u32| mug((0..count).map(|n| price(1).from_pieces(pieces(n)))).check();
        assert_eq!(many(500), Ok(()));
        assert_eq!(many(501), Err(ProductProblem::TooManyPrices { sku: sku("MUG") }));
    }

    #[test]
    fn a_variant_can_be_bought_in_some_number() {
        let limited = |min, max| {
            let (min_pieces, max_pieces) = (NonZeroU32::new(min), NonZeroU32::new(max));
            let variant = Variant { min_pieces, max_pieces, ..Variant::new(sku("MUG")) };
            Product::new(ProductId::from_uuid(uuid::Uuid::nil()), "Mug", variant).check()
        };
        for (min, max) in [(0, 0), (2, 0), (0, 2), (2, 2)] {
            assert_eq!(limited(min, max), Ok(()));
        }
        assert_eq!(limited(3, 2), Err(ProductProblem::Pieces { sku: sku("MUG") }));
    }

    #[test]
    fn a_price_is_compared_with_more_and_its_floor_is_not_above_it() {
        let (sku, market) = (sku("MUG"), MarketId::main());
        let compared = |with: Money| mug([Price { compare_at: Some(with), ..price(100) }]).check();
        assert_eq!(compared(euro(101)), Ok(()));
        for with in [euro(100), Money::from_minor(101, Currency::USD)] {
            let (sku, market) = (sku.clone(), market.clone());
            assert_eq!(compared(with), Err(ProductProblem::CompareAt { sku, market }));
        }
        let floored = |floor: Money| mug([Price { floor: Some(floor), ..price(100) }]).check();
        assert_eq!([0, 100].map(|floor| floored(euro(floor))), [Ok(()), Ok(())]);
        for floor in [euro(101), euro(-1), Money::from_minor(1, Currency::USD)] {
            let (sku, market) = (sku.clone(), market.clone());
            assert_eq!(floored(floor), Err(ProductProblem::Floor { sku, market }));
        }
    }

    #[test]
    fn a_price_list_says_the_same_on_every_price_and_has_a_time() {
        let code = PriceListCode::new("a").unwrap();
        let ten = NonZeroU32::new(10).unwrap();
        let differ = [
            price(2).on_list(list("a")),
            price(1).from_pieces(ten).on_list(PriceList { priority: 1, ..list("a") }),
        ];
        assert_eq!(mug(differ).check(), Err(ProductProblem::PriceListsDiffer { list: code.clone() }));
        let now = Some(DateTime::UNIX_EPOCH);
        let never = PriceList { starts_at: now, ends_at: now, ..list("a") };
        assert_eq!(
            mug([price(1).on_list(never)]).check(),
            Err(ProductProblem::PriceListDates { list: code })
        );
    }

    #[test]
    fn an_attribute_is_of_one_type_throughout_a_product() {
        let name = AttributeName::new("capacity").unwrap();
        let mut mug = mug([price(1)]);
        let number = |unit: &str| {
            let value = Attribute::Number { value: 330.into(), unit: Some(unit.into()) };
            Attributes::new([(name.clone(), value)]).unwrap()
        };
        mug.attributes = number("ml");
        mug.variants[0].attributes = number("ml");
        assert_eq!(mug.check(), Ok(()));
        mug.variants[0].attributes = number("g");
        assert_eq!(mug.check(), Err(ProductProblem::AttributeTypes { name }));
    }

    #[test]
    fn a_picture_shows_variants_of_its_own_product() {
        let mut mug = mug([price(1)]);
        let url = MediaUrl::new("/mug.webp").unwrap();
        let shows = |code| Media { skus: [sku(code)].into(), ..Media::image(url.clone(), "a mug") };
        mug.media = vec![shows("MUG")];
        assert_eq!(mug.check(), Ok(()));
        mug.media.push(shows("POT"));
        assert_eq!(mug.check(), Err(ProductProblem::ShowsNothing { url: url.clone(), sku: sku("POT") }));
        mug.media = vec![Media::image(url.clone(), "x".repeat(501))];
        assert_eq!(mug.check(), Err(ProductProblem::Alt { url: url.clone() }));
        mug.media = vec![Media::image(url, ""); 251];
        assert_eq!(mug.check(), Err(ProductProblem::TooManyMedia));
    }

    #[test]
    fn a_translation_keeps_the_limits_of_the_product() {
        let mut mug = mug([price(1)]);
        let language = Language::new("de").unwrap();
        let mut says = |translation: Translation| {
            mug.translations.insert(language.clone(), translation);
            mug.check()
        };
        assert_eq!(says(Translation::default()), Ok(()));
        let wrong = [
            Translation { title: Some(" ".into()), ..Translation::default() },
            Translation { description: Some("x".repeat(50_001)), ..Translation::default() },
            Translation { words: [("Size".into(), String::new())].into(), ..Translation::default() },
        ];
        for translation in wrong {
            assert_eq!(says(translation), Err(ProductProblem::Translation { language: language.clone() }));
        }
    }

    #[test]
    fn a_kit_names_each_part_once() {
        let mut set = mug([price(1)]);
        let cup = KitPart { sku: sku("CUP"), units: NonZeroU32::MIN };
        set.variants[0].kit = vec![cup.clone()];
        assert_eq!(set.check(), Ok(()));
        set.variants[0].kit.push(cup);
        assert_eq!(set.check(), Err(ProductProblem::Kit { sku: sku("MUG") }));
    }
}
