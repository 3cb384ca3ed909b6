use super::{Working, ratio::Ratio};
use crate::domain::{
    cart::Quantity,
    catalog::Price,
    money::{Currency, Money, MoneyError, Rounding},
};

/// The goods while promotions are taken off them: the lines that are bought, in the order of their ids, so that who
/// gets a cent that is left over never depends on the order of the lines.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    currency: Currency,
    pub(super) lines: Vec<ShelfLine>,
    /// What all lines cost before discounts.
    pub(super) goods: i64,
    /// What is left of that.
    left: i64,
}

/// A line in minor units: `0 <= floor <= left <= goods`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShelfLine {
    pub(super) pieces: i64,
    /// What it costs before discounts.
    pub(super) goods: i64,
    /// What the discounts must leave of it.
    pub(super) floor: i64,
    /// What the discounts have left of it.
    pub(super) left: i64,
}

impl ShelfLine {
    /// So many pieces before discounts, each amount rounded once.
    pub(super) fn full(price: &Price, quantity: Quantity) -> Result<Self, MoneyError> {
        let pieces = Ratio::pieces(quantity, price.unit_quantity);
        let goods = pieces.of(price.amount.minor(), Rounding::HalfUp)?;
        let floor = pieces.of(price.floor.map_or(0, Money::minor), Rounding::HalfUp)?.clamp(0, goods);
        Ok(Self { pieces: quantity.units(), goods, floor, left: goods })
    }

    /// What discounts may still take off.
    const fn room(&self) -> i64 {
        self.left - self.floor
    }
}

impl Shelf {
    pub(super) fn new(currency: Currency, lines: Vec<ShelfLine>) -> Result<Self, MoneyError> {
        let add = |sum: i64, line: &ShelfLine| sum.checked_add(line.goods);
        let goods = lines.iter().try_fold(0, add).ok_or(MoneyError::Overflow)?;
        Ok(Self { currency, lines, goods, left: goods })
    }

    /// Takes off what the working says; answers how much that was. Gifts and shipping do not lie on the shelf, and a
    /// place without a line counts for nothing.
    pub(super) fn take(&mut self, working: &Working) -> Result<i64, MoneyError> {
        match working {
            Working::EachLine { off, lines, most } => {
                let mut wanted = vec![0; self.lines.len()];
                let mut note = |place: usize| -> Result<(), MoneyError> {
                    if let Some(line) = self.lines.get(place) {
                        wanted[place] = off.of(line.pieces, line.left)?.min(line.room());
                    }
                    Ok(())
                };
                match lines {
                    None => (0..self.lines.len()).try_for_each(note)?,
                    Some(places) => places.iter().try_for_each(|place| note(*place))?,
                }
                Ok(self.take_each(&wanted, *most))
            }
            Working::Pieces { percent, pieces, most } => {
                let mut wanted = vec![0; self.lines.len()];
                for &(place, pieces) in pieces {
                    if let Some(line) = self.lines.get(place) {
                        let part = Ratio::percent_of_pieces(*percent, pieces, line.pieces);
                        wanted[place] = part.of(line.left, Rounding::HalfUp)?.clamp(0, line.room());
                    }
                }
                Ok(self.take_each(&wanted, *most))
            }
            Working::Whole { off, most } => {
                let room: i64 = self.lines.iter().map(ShelfLine::room).sum();
                let wanted = off.of(1, self.left)?.min(room);
                let weights: Vec<u64> = self.lines.iter().map(|line| line.room().unsigned_abs()).collect();
                Ok(self.share(most.map_or(wanted, |most| wanted.min(most.minor())), &weights))
            }
            Working::Gift { .. } | Working::Shipping { .. } => Ok(0),
        }
    }

    /// Takes what is wanted off each line; less of each where all of it is more than the most.
    fn take_each(&mut self, wanted: &[i64], most: Option<Money>) -> i64 {
        let sum: i64 = wanted.iter().sum();
        if let Some(most) = most.filter(|most| most.minor() < sum) {
            let weights: Vec<u64> = wanted.iter().map(|wanted| wanted.unsigned_abs()).collect();
            return self.share(most.minor(), &weights);
        }
        self.lines.iter_mut().zip(wanted).for_each(|(line, wanted)| line.left -= wanted);
        self.left -= sum;
        sum
    }

    /// Takes an amount off the lines in proportion to the weights, which sum to at least that and are at most what
    /// may be taken off each.
    fn share(&mut self, amount: i64, weights: &[u64]) -> i64 {
        if amount > 0 {
            let shares = Money::from_minor(amount, self.currency).split(weights);
            self.lines.iter_mut().zip(shares).for_each(|(line, share)| line.left -= share.minor());
            self.left -= amount;
        }
        amount
    }
}
