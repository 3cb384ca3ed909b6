use std::{
    collections::BTreeMap,
    fmt::Debug,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use commerce_kit::{
    domain::{event::*, ids::*, inventory::*},
    storage::{
        CounterKey, HoldKey, StoreError, UniqueName, Version, Versioned,
        apply::{Record, Table},
    },
};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) type Read<T> = Result<T, StoreError>;

/// What stands in for a database: JSON by key, sorted. A row stands there with its key, a record with its version.
#[derive(Debug, Default)]
pub(crate) struct Pairs(BTreeMap<String, String>);

impl Pairs {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(crate) fn get<V: DeserializeOwned>(&self, table: &str, key: &impl Key) -> Read<Option<V>> {
        self.0.get(&path(table, key)).map(|value| parsed(table, value)).transpose()
    }

    /// What comes after this key.
    pub(crate) fn page<V: DeserializeOwned>(
        &self,
        table: &str,
        after: Option<&impl Key>,
        limit: usize,
    ) -> Read<Vec<V>> {
        let after = after.map_or_else(|| format!("{table}/"), |after| path(table, after));
        let is_here = |key: &str| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('/'));
        let rows = self.0.range((Excluded(after), Unbounded)).take_while(|(key, _)| is_here(key));
        rows.take(limit).map(|(_, value)| parsed(table, value)).collect()
    }

    pub(crate) fn record<T: DeserializeOwned>(
        &self,
        table: &str,
        key: &impl Key,
    ) -> Read<Option<Versioned<T>>> {
        Ok(self.get(table, key)?.map(versioned))
    }

    pub(crate) fn records<T: DeserializeOwned>(
        &self,
        table: &str,
        after: Option<&impl Key>,
        limit: usize,
    ) -> Read<Vec<Versioned<T>>> {
        Ok(self.page(table, after, limit)?.into_iter().map(versioned).collect())
    }

    pub(crate) fn load<'a, K, V>(
        &self,
        table: &str,
        keys: impl IntoIterator<Item = &'a K>,
        rows: &mut Table<K, V>,
    ) -> Read<()>
    where
        K: Key + DeserializeOwned + 'a,
        V: DeserializeOwned,
    {
        for key in keys {
            let row: Option<(K, V)> = self.get(table, key)?;
            rows.load(key.clone(), row.map(|(_, value)| value));
        }
        Ok(())
    }

    pub(crate) fn load_records<'a, K: Key + 'a, T: DeserializeOwned>(
        &self,
        table: &str,
        keys: impl IntoIterator<Item = &'a K>,
        rows: &mut Table<K, Record<T>>,
    ) -> Read<()> {
        for key in keys {
            let record: Option<(Version, Arc<T>)> = self.get(table, key)?;
            rows.load(key.clone(), record.map(|(version, value)| Record::loaded(version, value)));
        }
        Ok(())
    }

    pub(crate) fn save<K: Key + Serialize, V: Serialize>(
        &mut self,
        table: &str,
        rows: &Table<K, V>,
    ) -> Read<()> {
        for (key, _, now) in rows.dirty() {
            self.put(path(table, key), now.map(|row| (key, row)))?;
        }
        Ok(())
    }

    pub(crate) fn save_records<K: Key, T: Serialize>(
        &mut self,
        table: &str,
        rows: &Table<K, Record<T>>,
    ) -> Read<()> {
        for (key, _, now) in rows.dirty() {
            self.put(path(table, key), now.map(|record| (record.version, record.value.as_ref())))?;
        }
        Ok(())
    }

    fn put(&mut self, path: String, row: Option<impl Serialize>) -> Read<()> {
        if let Some(row) = row {
            let value = serde_json::to_string(&row).map_err(|error| StoreError::corrupt(&path, error))?;
            self.0.insert(path, value);
        } else {
            self.0.remove(&path);
        }
        Ok(())
    }
}

/// Keys as text that sorts as the engine sorts them.
pub(crate) trait Key: Clone + Ord + Debug + Send {
    fn text(&self) -> String;
}

macro_rules! keys {
    ($($key:ty: $self:ident => $text:expr;)*) => {$(
        impl Key for $key {
            fn text(&self) -> String {
                let $self = self;
                $text
            }
        }
    )*};
}

keys! {
    String: it => it.clone();
    ProductId: it => it.to_string();
    PromotionId: it => it.to_string();
    CustomerId: it => it.to_string();
    OrderId: it => it.to_string();
    PaymentId: it => it.to_string();
    SagaId: it => it.to_string();
    ReservationId: it => it.to_string();
    UniqueName: it => serde_json::to_string(it).unwrap_or_default();
    CounterKey: it => it.as_str().to_owned();
    HoldKey: it => format!("{}\t{}", it.counter.as_str(), it.holder);
    StockKey: it => format!("{}\t{}", it.sku, it.location);
    MovementKey: it => format!("{}\t{:020}", it.stock.text(), it.number);
    EventNumber: it => format!("{}\t{:020}", aggregate(&it.aggregate), it.number);
}

fn aggregate(aggregate: &Aggregate) -> String {
    match aggregate {
        Aggregate::Product(id) => format!("1{id}"),
        Aggregate::Promotion(id) => format!("2{id}"),
        Aggregate::Customer(id) => format!("3{id}"),
        Aggregate::Stock(key) => format!("4{}", key.text()),
        Aggregate::Checkout(id) => format!("5{id}"),
        Aggregate::Order(id) => format!("6{id}"),
        Aggregate::Payment(id) => format!("7{id}"),
    }
}

fn path(table: &str, key: &impl Key) -> String {
    format!("{table}/{}", key.text())
}

pub(crate) fn values<K, V>(rows: Vec<(K, V)>) -> Vec<V> {
    rows.into_iter().map(|(_, value)| value).collect()
}

fn versioned<T>((version, value): (Version, Arc<T>)) -> Versioned<T> {
    Versioned { value, version }
}

fn parsed<V: DeserializeOwned>(table: &str, value: &str) -> Read<V> {
    serde_json::from_str(value).map_err(|error| StoreError::corrupt(table, error))
}
