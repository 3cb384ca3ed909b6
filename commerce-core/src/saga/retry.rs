use std::time::Duration;

/// How long to go on trying.
///
/// The pause doubles from `first_pause` to `longest_pause`. After `tries` the saga turns back, or, once it is past
/// its pivot or undoing, is stuck for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Before the second try.
    pub first_pause: Duration,
    /// Between late tries.
    pub longest_pause: Duration,
    /// How often a step is tried in all.
    pub tries: u32,
}

impl Default for Patience {
    /// Ten tries over about six minutes.
    fn default() -> Self {
        Self { first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(120), tries: 10 }
    }
}

impl Patience {
    /// The pause after so many tries in vain; none when it is enough.
    pub(super) fn pause(&self, attempts: u32) -> Option<Duration> {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        (attempts < self.tries).then(|| self.first_pause.saturating_mul(factor).min(self.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let patience = Patience { tries: 5, longest_pause: Duration::from_secs(3), ..Patience::default() };
        let pauses: Vec<_> = (1..=5).map(|n| patience.pause(n).map(|pause| pause.as_secs())).collect();
        assert_eq!(pauses, [Some(1), Some(2), Some(3), Some(3), None]);
    }
}
