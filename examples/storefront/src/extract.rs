//! What a request carries, read whole and checked before a route sees it; what cannot be read is a [`Problem`].

use axum::extract::{FromRequest, FromRequestParts};
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::problem::Problem;

/// A JSON body of the declared shape.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Body<T>(pub T);

/// What stands in the path.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// What stands after the question mark.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// Asks for a page by key: `?after=<key>&limit=<1 to 100>`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery<K> {
    /// The last key of the page before.
    pub after: Option<K>,
    /// How many items at most.
    #[serde(default)]
    pub limit: PageLimit,
}

/// How many items a page may have: 1 to 100, and 20 when nobody says.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u16")]
pub struct PageLimit(u16);

/// A few words of somebody: 1 to 200 characters, none of them invisible.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Words(String);

impl<K: ToSchema> IntoParams for PageQuery<K> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let query = |name: &str, description: &str, schema: RefOr<Schema>| {
            let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
            parameter.description(Some(description)).schema(Some(schema)).build()
        };
        let after = query("after", "The last key of the page before", K::schema());
        vec![after, query("limit", "How many items at most", PageLimit::schema())]
    }
}

impl PageLimit {
    /// The most items of a page.
    pub const LIMIT: u16 = 100;

    /// As a number of items.
    pub fn items(self) -> usize {
        self.0.into()
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u16> for PageLimit {
    type Error = &'static str;

    fn try_from(items: u16) -> Result<Self, Self::Error> {
        if (1..=Self::LIMIT).contains(&items) { Ok(Self(items)) } else { Err("a page has 1 to 100 items") }
    }
}

impl PartialSchema for PageLimit {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        number.maximum(Some(Self::LIMIT)).default(Some(Self::default().0.into())).into()
    }
}

impl Words {
    /// The longest, in characters.
    pub const LIMIT: usize = 200;

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialSchema for Words {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).description(Some("A few visible words"));
        text.min_length(Some(1)).max_length(Some(Self::LIMIT)).into()
    }
}

impl ToSchema for Words {}

impl From<Words> for String {
    fn from(words: Words) -> Self {
        words.0
    }
}

impl TryFrom<String> for Words {
    type Error = &'static str;

    fn try_from(words: String) -> Result<Self, Self::Error> {
        let short = words.chars().count() <= Self::LIMIT;
        if short && !words.trim().is_empty() && !words.chars().any(char::is_control) {
            Ok(Self(words))
        } else {
            Err("expected 1 to 200 visible characters")
        }
    }
}
