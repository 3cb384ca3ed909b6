use std::sync::Arc;

use commerce_core::{domain::ids::CheckoutId, gateway::PaymentNotice};

use super::town::Town;
use crate::dice::Dice;

/// Sends a notice of the bank: late, twice, in any order, or never.
pub(super) fn send(town: &Arc<Town>, dice: &mut Dice, checkout: CheckoutId) {
    let way = town.swarm.post;
    let copies = match () {
        () if town.chance.is_on() && dice.permille(way.lost) => 0,
        () if town.chance.is_on() && dice.permille(way.doubled) => 2,
        () => 1,
    };
    town.chance.log(|| format!("post  {copies} notices about {checkout}"));
    for _ in 0..copies {
        let delay = dice.millis(0, way.delay);
        let servers = u32::try_from(town.swarm.processes).unwrap_or(1);
        let server = usize::try_from(dice.below(servers)).unwrap_or_default();
        let town_then = Arc::clone(town);
        town.people(async move {
            town_then.wait(delay).await;
            let notice = PaymentNotice { checkout };
            drop(town_then.ask(server, |shop| async move { shop.checkouts().notify(notice).await }).await);
        });
    }
}
