//! Schemas of the types whose JSON is not what their fields say: codes, ids, money, and maps with limits. All others
//! derive theirs where they stand.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type, schema::AdditionalProperties,
    },
};

use crate::{
    domain::{
        cart::Quantity,
        catalog::{Attribute, Attributes, CategoryPath, Language, MediaUrl},
        customer::{Country, Email},
        ids::{
            AttributeName, Brand, CartId, CheckoutId, CouponCode, CustomerGroup, LineId, LocationId,
            MarketId, MethodKind, OrderId, OrderNumber, PaymentId, PriceListCode, ProductId, PromotionId,
            RefundId, ReservationId, ShipmentId, Sku, StackingGroup, TaxCategory,
        },
        metadata::Metadata,
        money::{Currency, Money},
        payment::PaymentToken,
        pricing::BatchSecret,
    },
    gateway::Cursor,
    storage::CounterKey,
};

/// Implements `ToSchema` with an object and what stands in it.
macro_rules! schemas {
    ($($name:ident = $schema:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object: ObjectBuilder = $schema;
                object.into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

schemas! {
    ProductId = uuid("Names a product.");
    PromotionId = uuid("Names a promotion.");
    CartId = uuid("Names a cart.");
    LineId = uuid("Names one line of a cart, and the order line it becomes.");
    CheckoutId = uuid("Names a checkout; chosen by the caller, so that starting twice is starting once.");
    OrderId = uuid("Names an order; the same as that of its checkout.");
    PaymentId = uuid("Names a payment.");
    RefundId = uuid("Names a refund; chosen by the caller, so that asking twice refunds once.");
    ReservationId = uuid("Names a reservation of stock.");
    ShipmentId = uuid("Names one parcel; chosen by the caller.");
    BatchSecret = uuid("Random bits that make the codes of a batch: whoever has them can make them all.");
}

schemas! {
    Sku = text("Names a sellable thing.", Sku::LIMIT);
    LocationId = text("Names a place where stock is kept.", LocationId::LIMIT);
    MarketId = text("Names a market: its prices, its currency, its tax.", MarketId::LIMIT);
    CustomerGroup = text("Names a group of customers.", CustomerGroup::LIMIT);
    OrderNumber = text("The number on the invoice.", OrderNumber::LIMIT);
    TaxCategory = text("What goods are to the tax office.", TaxCategory::LIMIT);
    StackingGroup = text("Names promotions that are told how they go together.", StackingGroup::LIMIT);
    Brand = text("Who makes a product.", Brand::LIMIT);
    AttributeName = text("What an attribute says something about.", AttributeName::LIMIT);
    PriceListCode = text("Names a price list.", PriceListCode::LIMIT);
    MethodKind = text("A kind of payment: `card`, `wallet`, `upi`.", MethodKind::LIMIT);
    CouponCode = text("What a buyer types in; case does not matter.", CouponCode::LIMIT);
    CategoryPath = text("Where a product stands: `drinks/hot/tea`.", CategoryPath::LIMIT);
    MediaUrl = text("An `https` or `http` address, or a path on the shop's own server.", MediaUrl::LIMIT);
    Email = text("An e-mail address; case does not matter.", Email::LIMIT);
    PaymentToken = text("What the gateway calls a means of payment; never a card number.", PaymentToken::LIMIT);
    Cursor = text("Where a page ended; good for the same query only.", Cursor::LIMIT);
    Language = text("A language as BCP 47 names it.", Language::LIMIT)
        .pattern(Some("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"));
    CounterKey = string("Names a limited count.");
    Currency = string("A currency of ISO 4217.").pattern(Some("^[A-Z]{3}$"));
    Country = string("A country of ISO 3166-1.").pattern(Some("^[A-Z]{2}$"));
}

schemas! {
    Quantity = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("How many pieces."))
        .minimum(Some(1))
        .maximum(Some(Self::LIMIT));
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let amount = string("A decimal number with the digits of the currency: `10.99`.")
            .pattern(Some(r"^-?[0-9]+(\.[0-9]+)?$"));
        object("An exact amount of one currency.")
            .property("amount", amount)
            .property("currency", reference::<Currency>())
            .required("amount")
            .required("currency")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Money {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        collect::<Currency>(schemas);
    }
}

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new().schema_type(Type::String);
        let name = name.min_length(Some(1)).max_length(Some(Self::NAME)).build();
        let note = ObjectBuilder::new().schema_type(Type::String).max_length(Some(Self::TEXT)).build();
        object("Short notes by name. The shop keeps them and never reads them.")
            .property_names(Some(Schema::from(name)))
            .additional_properties(Some(RefOr::T(Schema::from(note))))
            .max_properties(Some(Self::NOTES))
            .into()
    }
}

impl ToSchema for Metadata {}

impl PartialSchema for Attributes {
    fn schema() -> RefOr<Schema> {
        let name = text("", AttributeName::LIMIT).description(None::<String>).build();
        object("What is to be known of goods, by name.")
            .property_names(Some(Schema::from(name)))
            .additional_properties(Some(reference::<Attribute>()))
            .max_properties(Some(Self::LIMIT))
            .into()
    }
}

impl ToSchema for Attributes {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        collect::<Attribute>(schemas);
    }
}

fn object(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object).description(Some(description))
}

fn string(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// A text that is not empty and has at most so many characters.
fn text(description: &str, limit: usize) -> ObjectBuilder {
    string(description).min_length(Some(1)).max_length(Some(limit))
}

fn uuid(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// Adds the schema of a type that is referred to, and those that it refers to itself.
fn collect<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
