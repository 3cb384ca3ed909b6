use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Move, Order, OrderProblem};
use crate::domain::{
    cart::Quantity,
    ids::{LineId, ShipmentId, Sku},
    inventory::ReservedLine,
};

/// One parcel handed over to a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its id, chosen by whoever packed it.
    pub id: ShipmentId,
    /// What is in it.
    pub lines: Vec<ShipmentLine>,
    /// The stock it took, by level.
    pub stock: Vec<ReservedLine>,
    /// The carrier's number for it.
    pub tracking: Option<String>,
    /// When it left.
    pub shipped_at: DateTime<Utc>,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
}

/// So many pieces of one order line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShipmentLine {
    /// Which line.
    pub line: LineId,
    /// How many pieces.
    pub quantity: Quantity,
}

impl Order {
    /// Pieces of a line that are still to be shipped; none of a line it does not have.
    pub fn unshipped(&self, line: LineId) -> i64 {
        let ordered = self.quote.lines.iter().find(|known| known.line == line);
        let called_off = self.cancelled.iter().flat_map(|cancelled| &cancelled.lines);
        let gone = self.shipments.iter().flat_map(|shipment| &shipment.lines).chain(called_off);
        let gone: i64 = gone.filter(|gone| gone.line == line).map(|gone| gone.quantity.units()).sum();
        ordered.map_or(0, |ordered| ordered.quantity.units()) - gone
    }

    /// Everything that is still to be shipped.
    pub fn rest(&self) -> Vec<ShipmentLine> {
        let left = |line: LineId| Quantity::try_from(self.unshipped(line)).ok();
        let lines = self.quote.lines.iter();
        lines
            .filter_map(|at| left(at.line).map(|quantity| ShipmentLine { line: at.line, quantity }))
            .collect()
    }

    /// Adds a shipment and answers the stock it takes; the same shipment twice is one and takes nothing more.
    pub fn fulfil(
        &mut self,
        id: ShipmentId,
        lines: Vec<ShipmentLine>,
        tracking: Option<String>,
        at: DateTime<Utc>,
    ) -> Result<Vec<ReservedLine>, OrderProblem> {
        if let Some(known) = self.shipments.iter().find(|known| known.id == id) {
            let same = known.lines == lines;
            return if same { Ok(Vec::new()) } else { Err(OrderProblem::ShipmentReused { shipment: id }) };
        }
        self.check_move(Move::Fulfil)?;
        let stock = self.stock_of(&lines)?;
        let shipment =
            Shipment { id, lines, stock: stock.clone(), tracking, shipped_at: at, delivered_at: None };
        self.shipments.push(shipment);
        Ok(stock)
    }

    /// Notes that a shipment has arrived; twice is once.
    pub fn deliver(&mut self, shipment: ShipmentId, at: DateTime<Utc>) -> Result<(), OrderProblem> {
        let known = self.shipments.iter().position(|known| known.id == shipment);
        let known = known.ok_or(OrderProblem::NoSuchShipment { shipment })?;
        if self.shipments[known].delivered_at.is_none() {
            self.check_move(Move::Deliver)?;
            self.shipments[known].delivered_at = Some(at);
        }
        Ok(())
    }

    /// The levels that pieces of these lines come from: what the order was promised, less what has left.
    fn stock_of(&self, lines: &[ShipmentLine]) -> Result<Vec<ReservedLine>, OrderProblem> {
        if lines.is_empty() {
            return Err(OrderProblem::EmptyShipment);
        }
        let mut left = self.unshipped_stock();
        let mut taken: Vec<ReservedLine> = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let unshipped = self.unshipped(line.line);
            let named = lines[..=index].iter().filter(|same| same.line == line.line);
            if named.map(|same| same.quantity.units()).sum::<i64>() > unshipped {
                return Err(OrderProblem::NothingToShip { line: line.line, left: unshipped });
            }
            let ordered = self.quote.lines.iter().find(|known| known.line == line.line);
            for (sku, units) in ordered.into_iter().flat_map(|known| known.draws(line.quantity.units())) {
                take(&mut left, sku, units, &mut taken);
            }
        }
        taken.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(taken)
    }

    /// The stock that is sold and still on the shelf: what was promised, less what has left or was called off.
    pub fn unshipped_stock(&self) -> Vec<ReservedLine> {
        let mut left = self.stock.clone();
        let called_off = self.cancelled.iter().flat_map(|cancelled| &cancelled.stock);
        for gone in self.shipments.iter().flat_map(|shipment| &shipment.stock).chain(called_off) {
            if let Some(level) = left.iter_mut().find(|level| level.key == gone.key) {
                level.units -= gone.units;
            }
        }
        left.retain(|level| level.units > 0);
        left
    }
}

fn take(left: &mut [ReservedLine], sku: &Sku, mut units: i64, taken: &mut Vec<ReservedLine>) {
    for level in left.iter_mut().filter(|level| level.key.sku == *sku) {
        let part = units.min(level.units);
        if part <= 0 {
            continue;
        }
        level.units -= part;
        units -= part;
        match taken.iter_mut().find(|known| known.key == level.key) {
            Some(known) => known.units += part,
            None => taken.push(ReservedLine { key: level.key.clone(), units: part }),
        }
    }
}
