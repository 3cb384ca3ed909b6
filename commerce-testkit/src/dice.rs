//! Chance that is the same in every run.

use std::time::Duration;

/// Draws from a seed: the same seed, the same draws, on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for one part of a run: what others draw, or leave out, changes nothing about them.
    #[must_use]
    pub fn of(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93));
        dice.draw();
        dice
    }

    /// 64 bits, each as likely as not: splitmix64.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below this one; 0 below 0.
    pub fn below(&mut self, end: u32) -> u32 {
        let scaled = (u128::from(self.draw()) * u128::from(end)) >> 64;
        u32::try_from(scaled).unwrap_or_default()
    }

    /// A number from `from` to `to`, both possible.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to.saturating_sub(from).saturating_add(1))
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn permille(&mut self, times: u32) -> bool {
        self.below(1_000) < times
    }

    /// One of these; the first of none is none.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let end = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.get(usize::try_from(self.below(end)).unwrap_or_default())
    }

    /// A time from `from` to `to` milliseconds.
    pub fn millis(&mut self, from: u32, to: u32) -> Duration {
        Duration::from_millis(self.between(from, to).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_every_number_comes_up() {
        let draws = |seed| (0..64).map(|_| Dice::new(seed).draw()).collect::<Vec<_>>();
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        let mut dice = Dice::new(1);
        let mut seen = [false; 6];
        (0..200).for_each(|_| seen[usize::try_from(dice.below(6)).unwrap()] = true);
        assert_eq!(seen, [true; 6]);
        assert_eq!((dice.below(0), dice.below(1), dice.between(4, 4)), (0, 0, 4));
    }
}
