use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io,
    path::Path,
};

use chrono::{DateTime, Utc};
use commerce_core::domain::ids::{OrderId, ProductId};
use uuid::Uuid;

use super::{frames::Frames, row::take};

/// What sold in the last 30 days. Each order counts once, however often it is told of.
#[derive(Debug)]
pub(crate) struct Sales {
    frames: Frames,
    orders: HashMap<OrderId, Sale>,
    days: BTreeMap<i64, Vec<OrderId>>,
    sold: HashMap<ProductId, u32>,
}

/// One order: its lines until it is called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sale {
    pub(crate) order: OrderId,
    /// Days since 1970.
    pub(crate) day: i64,
    pub(crate) units: Vec<(ProductId, u32)>,
}

/// How many days count, today among them.
const DAYS: i64 = 30;

impl Sales {
    /// What was written down, without what is over by `today`.
    pub(crate) fn open(path: &Path, today: i64) -> io::Result<Self> {
        let (frames, records) = Frames::open(path)?;
        let mut sales = Self { frames, orders: HashMap::new(), days: BTreeMap::new(), sold: HashMap::new() };
        let written = records.len();
        for sale in records.iter().filter_map(|record| Sale::decode(record)) {
            sales.count(sale, today);
        }
        if written > 2 * sales.orders.len() + 1_000 {
            let kept: Vec<Vec<u8>> = sales.orders.values().map(Sale::encode).collect();
            sales.frames = Frames::replace(path, kept.iter().map(Vec::as_slice))?;
        }
        Ok(sales)
    }

    /// Counts the order, in the place of what was counted for it; answers the products whose sales changed. An order
    /// that was called off has no units.
    pub(crate) fn note(&mut self, sale: Sale, today: i64) -> io::Result<Vec<ProductId>> {
        if sale.day + DAYS <= today || self.orders.get(&sale.order) == Some(&sale) {
            return Ok(Vec::new());
        }
        self.frames.append(&[sale.encode()])?;
        Ok(self.count(sale, today))
    }

    /// Forgets what is over; answers the products whose sales changed.
    pub(crate) fn forget(&mut self, today: i64) -> Vec<ProductId> {
        let kept = self.days.split_off(&(today - DAYS + 1));
        let over = std::mem::replace(&mut self.days, kept);
        let mut changed = Vec::new();
        for order in over.into_values().flatten() {
            if let Some(sale) = self.orders.remove(&order) {
                changed.extend(self.take_back(&sale));
            }
        }
        changed
    }

    pub(crate) fn sold(&self, product: ProductId) -> u32 {
        self.sold.get(&product).copied().unwrap_or_default()
    }

    /// The file, to wait for the disk without holding this.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.frames.handle()
    }

    fn count(&mut self, sale: Sale, today: i64) -> Vec<ProductId> {
        if sale.day + DAYS <= today {
            return Vec::new();
        }
        let mut changed = Vec::new();
        if let Some(before) = self.orders.remove(&sale.order) {
            changed = self.take_back(&before);
        } else {
            self.days.entry(sale.day).or_default().push(sale.order);
        }
        for (product, units) in &sale.units {
            let sold = self.sold.entry(*product).or_default();
            *sold = sold.saturating_add(*units);
            changed.push(*product);
        }
        self.orders.insert(sale.order, sale);
        changed
    }

    fn take_back(&mut self, sale: &Sale) -> Vec<ProductId> {
        for (product, units) in &sale.units {
            let left = self.sold(*product).saturating_sub(*units);
            if left == 0 {
                self.sold.remove(product);
            } else {
                self.sold.insert(*product, left);
            }
        }
        sale.units.iter().map(|(product, _)| *product).collect()
    }
}

impl Sale {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.order.uuid().as_bytes().to_vec();
        bytes.extend_from_slice(&self.day.to_le_bytes());
        for (product, units) in &self.units {
            bytes.extend_from_slice(product.uuid().as_bytes());
            bytes.extend_from_slice(&units.to_le_bytes());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let order = OrderId::from_uuid(Uuid::from_bytes(take(&mut rest)?));
        let day = i64::from_le_bytes(take(&mut rest)?);
        let mut units = Vec::new();
        while !rest.is_empty() {
            let product = ProductId::from_uuid(Uuid::from_bytes(take(&mut rest)?));
            units.push((product, u32::from_le_bytes(take(&mut rest)?)));
        }
        Some(Self { order, day, units })
    }
}

/// Days since 1970.
pub(crate) fn day(time: DateTime<Utc>) -> i64 {
    time.timestamp().div_euclid(24 * 60 * 60)
}

/// Whether a sale at this time still counts.
pub(crate) fn still_counts(sold_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    day(sold_at) + DAYS > day(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce_testkit::folder::Folder;

    const MUG: ProductId = ProductId::from_uuid(Uuid::from_u128(1));

    fn sale(order: u128, day: i64, units: u32) -> Sale {
        let units = if units == 0 { Vec::new() } else { vec![(MUG, units)] };
        Sale { order: OrderId::from_uuid(Uuid::from_u128(order)), day, units }
    }

    #[test]
    fn an_order_counts_once_for_thirty_days_and_not_when_it_was_called_off() {
        let folder = Folder::new().unwrap();
        let path = folder.path().join("sales");
        let mut sales = Sales::open(&path, 100).unwrap();
        assert_eq!(sales.note(sale(1, 100, 2), 100).unwrap(), [MUG]);
        assert!(sales.note(sale(1, 100, 2), 100).unwrap().is_empty());
        sales.note(sale(2, 90, 5), 100).unwrap();
        sales.note(sale(3, 70, 9), 100).unwrap();
        assert_eq!(sales.sold(MUG), 7);
        let mut sales = Sales::open(&path, 100).unwrap();
        assert_eq!(sales.sold(MUG), 7, "after a restart");
        sales.note(sale(1, 100, 0), 100).unwrap();
        assert_eq!(sales.sold(MUG), 5);
        assert!(sales.forget(119).is_empty());
        assert_eq!(sales.forget(120), [MUG]);
        assert_eq!(sales.sold(MUG), 0);
        assert_eq!(Sales::open(&path, 119).unwrap().sold(MUG), 5);
    }
}
