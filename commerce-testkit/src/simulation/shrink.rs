use std::{collections::BTreeSet, sync::Arc};

use super::{Outcome, Plan, Simulation};

/// Leaves out what a failure does not need: buyers, the administrator, then faults, half of them at a time, a quarter,
/// and so on, as long as the same rule still fails. Answers the last run that failed, with its log.
///
/// What is left is drawn as before, but comes at other moments: a smaller plan is another run, not a part of the first.
pub fn shrink(simulation: &Simulation, failed: &Outcome, most: u32) -> (Plan, Outcome) {
    let Some(rule) = failed.violations.first().map(|violation| violation.rule) else {
        return (Plan::default(), failed.clone());
    };
    let plan = Plan { seconds: Some(failed.seconds), ..Plan::default() };
    let mut search = Search { simulation, rule, left: most, plan };
    search.people();
    search.faults(failed.faults.clone());
    let outcome = simulation.clone().with_plan(search.plan.clone()).logged().run();
    (search.plan, outcome)
}

struct Search<'a> {
    simulation: &'a Simulation,
    rule: &'static str,
    /// How many more runs may be tried.
    left: u32,
    /// The smallest plan that failed so far.
    plan: Plan,
}

impl Search<'_> {
    /// Keeps the plan if the same rule fails under it.
    fn keep(&mut self, plan: Plan) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let outcome = self.simulation.clone().with_plan(plan.clone()).run();
        let fails = outcome.violations.iter().any(|violation| violation.rule == self.rule);
        if fails {
            self.plan = plan;
        }
        fails
    }

    fn people(&mut self) {
        self.keep(Plan { no_administrator: true, ..self.plan.clone() });
        for buyer in 0..8 {
            let mut plan = self.plan.clone();
            plan.absent.insert(buyer);
            self.keep(plan);
        }
    }

    fn faults(&mut self, mut all: Vec<u64>) {
        self.keep(Plan { faults: Some(Arc::default()), ..self.plan.clone() });
        if self.plan.faults.is_some() {
            return;
        }
        let mut size = all.len().div_ceil(2);
        while size > 0 && self.left > 0 {
            let mut from = 0;
            while from < all.len() {
                let to = (from + size).min(all.len());
                let rest: Vec<u64> = all[..from].iter().chain(&all[to..]).copied().collect();
                let only: BTreeSet<u64> = rest.iter().copied().collect();
                if self.keep(Plan { faults: Some(Arc::new(only)), ..self.plan.clone() }) {
                    all = rest;
                } else {
                    from = to;
                }
            }
            size /= 2;
        }
    }
}
