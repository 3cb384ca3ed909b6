/// Draws numbers, always the same from one seed.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// With the seed that is asked for by this name, or with one that nobody has seen.
    pub(crate) fn from_environment(name: &str) -> (Self, u64) {
        let asked = std::env::var(name).ok().map(|seed| seed.parse().unwrap());
        let seed = asked.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        (Self(seed), seed)
    }

    /// Dice for somebody else.
    pub(crate) fn another(&mut self) -> Self {
        Self(self.next())
    }

    /// One of the numbers below this.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let drawn = self.below(u64::try_from(all.len()).unwrap());
        &all[usize::try_from(drawn).unwrap()]
    }

    /// Splitmix: an even walk, well shaken.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }
}
