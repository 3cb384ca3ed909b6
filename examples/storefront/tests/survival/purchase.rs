use hyper::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    dice::Dice,
    house::{Answer, House},
    picking::Picked,
};

/// Something a buyer wants to buy, until it is bought or refused, and until its order is as its story ends. Every
/// step can be sent again.
pub(crate) struct Purchase {
    pub(crate) id: Uuid,
    wish: Value,
    /// What the buyer does when the card is declined, or the bank asks back.
    persists: bool,
    story: Story,
    stage: Stage,
    /// Whether the shop died when it was asked to sell.
    pub(crate) cut_off: bool,
}

/// What becomes of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    Kept,
    Cancelled,
    Shipped(Uuid),
    /// One euro of it.
    Refunded(Uuid),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Buying,
    Ordered,
    Ended,
}

/// What an attempt led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The shop has just said for the first time that there is an order.
    Acknowledged { total: String },
    /// To be tried again.
    Unfinished,
    /// Nothing is left to do.
    Bought(Story),
    /// There is no order, and never will be.
    Refused,
}

impl Purchase {
    pub(crate) fn draw(dice: &mut Dice, picked: &Picked) -> Self {
        let id = Uuid::now_v7();
        let token = dice.one_of(&["ok", "ok", "ok", "sale", "decline", "action", "lost"]);
        let story = match dice.below(8) {
            0 => Story::Cancelled,
            1 => Story::Shipped(Uuid::now_v7()),
            2 => Story::Refunded(Uuid::now_v7()),
            _ => Story::Kept,
        };
        let wish = picked.wish(id, token);
        Self { id, wish, persists: !dice.one_in(3), story, stage: Stage::Buying, cut_off: false }
    }

    /// The next step, whichever the shop says that is. Nothing is remembered of what it said before, but that it has
    /// acknowledged an order.
    pub(crate) async fn go_on(&mut self, house: &House) -> Progress {
        let next = match self.stage {
            Stage::Buying => self.buy(house).await,
            Stage::Ordered => self.tell(house).await,
            Stage::Ended => Some(Progress::Bought(self.story)),
        };
        next.unwrap_or(Progress::Unfinished)
    }

    async fn buy(&mut self, house: &House) -> Option<Progress> {
        let answer = house.ask(Method::POST, "/checkouts", Some(self.wish.clone())).await;
        self.cut_off |= answer.is_none();
        let answer = answer?;
        let checkout = format!("/checkouts/{}", self.id);
        match (answer.status, answer.body["status"]["kind"].as_str().unwrap_or_default()) {
            (201, "placed") => {
                assert_eq!(answer.body["status"]["order"], json!(self.id));
                self.stage = Stage::Ordered;
                Some(Progress::Acknowledged { total: answer.body["total"]["amount"].to_string() })
            }
            (202, "awaiting_tender") if self.persists => {
                let tender = json!({ "kind": "wallet", "token": "ok" });
                house.ask(Method::POST, &format!("{checkout}/tenders"), Some(tender)).await?;
                None
            }
            (202, "awaiting_tender") => {
                house.ask(Method::DELETE, &checkout, None).await?;
                None
            }
            (202, "awaiting_action") => {
                let said = json!({ "answer": if self.persists { "approve" } else { "decline" } });
                house.ask(Method::POST, &format!("/demo/actions/{}", self.id), Some(said)).await?;
                house.ask(Method::POST, &format!("{checkout}/notice"), Some(json!({}))).await?;
                None
            }
            (202, "processing" | "awaiting_confirmation") => None,
            (422, _) => {
                let code = answer.body["code"].as_str().unwrap();
                assert!(
                    ["insufficient_stock", "limit_reached", "cancelled"].contains(&code),
                    "{:#}",
                    answer.body
                );
                Some(Progress::Refused)
            }
            _ => later(&answer),
        }
    }

    /// What the shop's people do with the order.
    async fn tell(&mut self, house: &House) -> Option<Progress> {
        let order = format!("/orders/{}", self.id);
        let (path, wish) = match self.story {
            Story::Kept => return Some(self.ended()),
            Story::Cancelled => (format!("{order}/cancel"), json!({ "reason": "found in the attic" })),
            Story::Shipped(id) => (format!("{order}/shipments"), json!({ "id": id })),
            Story::Refunded(id) => {
                let found = house.ask(Method::GET, &order, None).await?;
                if found.status != 200 {
                    return later(&found);
                }
                let payment = &found.body["payments"][0];
                if payment["captured"]["amount"] == "0.00" {
                    return None;
                }
                let amount = json!({ "amount": "1.00", "currency": "EUR" });
                let wish = json!({ "id": id, "amount": amount, "reason": "a scratch" });
                (format!("/payments/{}/refunds", payment["id"].as_str().unwrap()), wish)
            }
        };
        let answer = house.ask(Method::POST, &path, Some(wish)).await?;
        if matches!(answer.status, 200 | 201) { Some(self.ended()) } else { later(&answer) }
    }

    fn ended(&mut self) -> Progress {
        self.stage = Stage::Ended;
        Progress::Bought(self.story)
    }
}

/// The shop could not, for now.
fn later(answer: &Answer) -> Option<Progress> {
    let retry = answer.body["retry"].as_str();
    assert!(matches!(retry, Some("after" | "read_back_first")), "{} {:#}", answer.status, answer.body);
    None
}
