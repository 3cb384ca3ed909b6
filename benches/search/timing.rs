//! How long things take, one beside the other.

use std::{fs, hint::black_box, thread, time::Instant};

/// Seconds, in their order.
pub(crate) struct Times(Vec<f64>);

/// How often each question is asked.
const ROUNDS: usize = 5;

impl Times {
    pub(crate) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    /// The time within which this share was answered.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let last = self.0.len() - 1;
        self.0[((last as f64) * share).round() as usize]
    }
}

/// Asks both the same questions in turn, after a round that does not count. Each is the first to ask every other time:
/// who is second finds in the caches of the processor what the first one read.
pub(crate) fn beside(
    questions: &[String],
    mut one: impl FnMut(&String) -> usize,
    mut other: impl FnMut(&String) -> usize,
) -> [Times; 2] {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for (number, question) in questions.iter().enumerate() {
            let (a, b) = if (round + number).is_multiple_of(2) {
                let a = timed(&mut one, question);
                (a, timed(&mut other, question))
            } else {
                let b = timed(&mut other, question);
                (timed(&mut one, question), b)
            };
            if round > 0 {
                first.push(a);
                second.push(b);
            }
        }
    }
    [Times::of(first), Times::of(second)]
}

pub(crate) fn alone(questions: &[String], mut ask: impl FnMut(&String) -> usize) -> Times {
    let [times, _] = beside(questions, &mut ask, |_| 0);
    times
}

/// The same in seconds of computing alone, whatever else the machine does, exact to some twenty microseconds; nothing where
/// the system does not tell.
pub(crate) fn computing(questions: &[String], mut ask: impl FnMut(&String) -> usize) -> Option<Times> {
    let mut times = Vec::new();
    for question in (0..ROUNDS).flat_map(|_| questions) {
        let before = computed()?;
        black_box(ask(question));
        times.push(computed()? - before);
    }
    Some(Times::of(times))
}

/// How many seconds this thread has computed so far. Linux adds up what a thread has computed when it makes way for others.
pub(crate) fn computed() -> Option<f64> {
    thread::yield_now();
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = told.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn timed(ask: &mut impl FnMut(&String) -> usize, question: &String) -> f64 {
    let since = Instant::now();
    black_box(ask(question));
    since.elapsed().as_secs_f64()
}

/// Both, and how many times as long the first takes at this share.
pub(crate) fn row(name: &str, own: &Times, other: &Times, share: f64, goal: f64) {
    print(name, own);
    print("    beside", other);
    println!("    {:.2} x at p{:.0} (goal {goal})", own.at(share) / other.at(share), share * 100.0);
}

pub(crate) fn print(name: &str, times: &Times) {
    let micros = |share| times.at(share) * 1e6;
    println!("{name}: p50 {:.0} µs, p90 {:.0} µs, p99 {:.0} µs", micros(0.5), micros(0.9), micros(0.99));
}
