//! A shop for tests, in sentences.

use std::{str::FromStr, sync::Arc};

use commerce_core::{
    Commerce,
    checkout::{Buyer, CheckoutRequest},
    domain::{
        cart::Quantity,
        catalog::{Market, Price, PriceMode, Product, Variant},
        customer::{Address, Email},
        ids::{CartId, CheckoutId, LocationId, MarketId, ProductId, Sku},
        inventory::StockKey,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    domain::{ids::TaxCategory, pricing::ShippingRate},
    environment::{Environment, IdSource, SystemIds, TokioSpawner},
    gateway::{FlatShipping, TaxTable},
    memory::{MemoryCarts, MemoryStore, TestGateway},
    service::{Builder, Checkout, NewCart},
    storage::Store,
};
use rust_decimal::Decimal;

use crate::{environment::ManualClock, world::Heard};

/// A whole shop in memory whose time stands still, on the surrounding tokio runtime.
///
/// It sells in euro with tax included and ships for nothing. Its sentences panic when they do not come true: they are
/// what a test takes for granted, not what it is about.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use commerce_core::service::CheckoutStatus;
/// use commerce_testkit::shop::TestShop;
///
/// let shop = TestShop::new();
/// shop.sells("MUG", "12.90", 5).await;
/// let cart = shop.cart_with(&[("MUG", 2)]).await;
/// let checkout = shop.buy(cart, "ok").await;
/// assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }));
/// # }
/// ```
#[derive(Debug)]
pub struct TestShop {
    /// The handle.
    pub commerce: Commerce,
    /// The gateway, with books of its own.
    pub gateway: Arc<TestGateway>,
    /// The store under it.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: ManualClock,
    /// What listeners got.
    pub heard: Arc<Heard>,
}

impl Default for TestShop {
    fn default() -> Self {
        Self::new()
    }
}

impl TestShop {
    /// A shop as it is by default.
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A shop with some parts exchanged.
    pub fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::over(Arc::new(MemoryStore::new()), change)
    }

    /// A shop over this store, with some parts exchanged.
    ///
    /// # Panics
    /// When a part is missing after the exchange.
    pub fn over(store: Arc<dyn Store>, change: impl FnOnce(Builder) -> Builder) -> Self {
        let (gateway, heard, clock) =
            (Arc::new(TestGateway::new()), Arc::new(Heard::default()), ManualClock::default());
        let environment = Environment {
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SystemIds),
            spawner: Arc::new(TokioSpawner),
        };
        let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
        let price = Money::zero(Currency::EUR);
        let shipping = ShippingRate { name: "parcel".into(), price, tax_category: TaxCategory::standard() };
        let builder = Commerce::builder()
            .environment(environment)
            .market(market)
            .store(Arc::clone(&store))
            .carts(Arc::new(MemoryCarts::new()))
            .payments(gateway.clone())
            .tax(Arc::new(TaxTable::flat("VAT", Decimal::from(19))))
            .shipping(Arc::new(FlatShipping(shipping)))
            .sink(heard.clone());
        let commerce = come_true(change(builder).build());
        Self { commerce, gateway, store, clock, heard }
    }

    /// Sells a product with this SKU at this price in euro, and has so many units of it.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn sells(&self, sku: &str, price: &str, units: i64) {
        let stock = StockKey { sku: self::sku(sku), location: LocationId::main() };
        let amount = come_true(Money::new(come_true(Decimal::from_str(price)), Currency::EUR));
        let variant = Variant::new(stock.sku.clone()).with_price(Price::new(MarketId::main(), amount));
        let product = Product::new(ProductId::from_uuid(SystemIds.draw()), sku, variant);
        come_true(self.commerce.catalog().add_product(product).await);
        if units > 0 {
            come_true(self.commerce.inventory().receive(stock, units).await);
        }
    }

    /// A guest's cart with so many pieces of each SKU.
    ///
    /// # Panics
    /// When one cannot be picked.
    pub async fn cart_with(&self, lines: &[(&str, u32)]) -> CartId {
        let cart = come_true(self.commerce.carts().create(NewCart::guest(MarketId::main())).await).id;
        for (sku, pieces) in lines {
            let quantity = come_true(Quantity::new(*pieces));
            come_true(self.commerce.carts().add(cart, &self::sku(sku), quantity).await);
        }
        cart
    }

    /// What a buyer sends who has seen the price of this cart, paying with this token of the test gateway.
    ///
    /// # Panics
    /// When the cart has no price.
    pub async fn request(&self, cart: CartId, token: &str) -> CheckoutRequest {
        let total = come_true(self.commerce.carts().quote(cart, Buyer::default()).await).total;
        let id = CheckoutId::from_uuid(SystemIds.draw());
        let address =
            Address::new("Ann Example", "1 Main Street", "Berlin", "10115", come_true("DE".parse()));
        CheckoutRequest::new(id, cart, come_true(Email::new("ann@example.com")), address, total)
            .with_tender(come_true(PaymentMethod::new("card", token)))
    }

    /// A buyer presses "buy".
    ///
    /// # Panics
    /// When the checkout cannot even be started.
    pub async fn buy(&self, cart: CartId, token: &str) -> Checkout {
        let request = self.request(cart, token).await;
        come_true(self.commerce.checkouts().start(request).await)
    }

    /// Units of this SKU that can still be sold.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn available(&self, sku: &str) -> i64 {
        let levels = come_true(self.commerce.inventory().levels(&self::sku(sku)).await);
        levels.iter().map(commerce_core::domain::inventory::StockLevel::available).sum()
    }
}

/// A SKU in a test.
///
/// # Panics
/// When it is none.
pub fn sku(code: &str) -> Sku {
    come_true(Sku::new(code))
}

#[track_caller]
#[expect(clippy::panic, reason = "a test's own sentences must come true")]
fn come_true<T, E: std::error::Error>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
