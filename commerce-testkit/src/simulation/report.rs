use super::{Outcome, Simulation, shrink};

/// What a person needs to understand a failure: its seed, what is left of it after shrinking, and the log of that.
pub fn report(simulation: &Simulation, failed: &Outcome) -> String {
    const TRIES: u32 = 300;
    let (plan, smallest) = shrink(simulation, failed, TRIES);
    let mut text = format!("seed {} fails:\n", failed.seed);
    failed.violations.iter().for_each(|violation| text.push_str(&format!("  {violation}\n")));
    let faults = plan.faults.as_ref().map_or(failed.faults.len(), |faults| faults.len());
    text.push_str(&format!(
        "shrunk from {} faults to {faults}; buyers left out: {:?}; administrator left out: {}\n",
        failed.faults.len(),
        plan.absent,
        plan.no_administrator,
    ));
    let polls = ["due", "expired_holds", "undelivered", "forgettable"];
    let quiet = |line: &&String| !polls.iter().any(|poll| line.trim_end().ends_with(poll));
    smallest.log.iter().filter(quiet).for_each(|line| text.push_str(&format!("{line}\n")));
    smallest.violations.iter().for_each(|violation| text.push_str(&format!("  {violation}\n")));
    text.push_str(&format!("again: just simulate {}\n", failed.seed));
    text
}
