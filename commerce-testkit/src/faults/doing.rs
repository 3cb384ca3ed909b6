use commerce_core::storage::{
    ChangeSet, DeliveryOutcome, Expect, Put, SagaRecord, SagaStatus, StockChange, Write,
};

/// What a commit does, in a few words: one of [`COMMITS`].
pub fn doing(changes: &ChangeSet) -> &'static str {
    let saga = changes.writes.iter().find_map(|write| match write {
        Write::Saga(put) => Some(put),
        _ => None,
    });
    let places = |write: &Write| matches!(write, Write::Order(Put { expect: Expect::Absent, .. }));
    match saga {
        Some(_) if changes.writes.iter().any(places) => "place the order",
        Some(saga) => of_saga(saga),
        // What is saved under a name comes after its name.
        None => {
            changes.writes.iter().find(|write| !matches!(write, Write::Name(_))).map_or("nothing", of_other)
        }
    }
}

/// Everything that [`doing`] says of the commits of a shop.
pub const COMMITS: &[&str] = &[
    "place the order",
    "begin a checkout",
    "go on with a checkout",
    "go on with a placed checkout",
    "let a checkout wait",
    "let a placed checkout wait",
    "undo a checkout",
    "let an undo wait",
    "turn a checkout back",
    "end a checkout",
    "begin a capture",
    "go on with a capture",
    "let a capture wait",
    "end a capture",
    "begin a refund",
    "go on with a refund",
    "let a refund wait",
    "end a refund",
    "begin a cancellation",
    "go on with a cancellation",
    "let a cancellation wait",
    "end a cancellation",
    "leave a saga to a person",
    "wish",
    "change an order",
    "claim events",
    "mark events",
    "give back holds",
    "hold for a cart",
    "receive stock",
    "count stock",
    "move stock",
    "forget",
    "save a product",
    "save a promotion",
];

/// The step of a checkout after which there is only forward.
const PIVOT: u16 = 3;

fn of_saga(put: &Put<SagaRecord>) -> &'static str {
    let record = &put.value;
    let [begin, go_on, wait, end] = match record.kind.as_str() {
        _ if record.stuck.is_some() => return "leave a saga to a person",
        "checkout" => return of_checkout(put),
        "capture" => ["begin a capture", "go on with a capture", "let a capture wait", "end a capture"],
        "refund" => ["begin a refund", "go on with a refund", "let a refund wait", "end a refund"],
        _ => [
            "begin a cancellation",
            "go on with a cancellation",
            "let a cancellation wait",
            "end a cancellation",
        ],
    };
    match (put.expect, record.lease) {
        (Expect::Absent, _) => begin,
        _ if record.has_ended() => end,
        (_, Some(_)) => go_on,
        (_, None) => wait,
    }
}

fn of_checkout(put: &Put<SagaRecord>) -> &'static str {
    let record = &put.value;
    let (works, placed) = (record.lease.is_some(), record.step > PIVOT);
    match record.status {
        SagaStatus::TurnedBack => "turn a checkout back",
        SagaStatus::Completed => "end a checkout",
        _ if put.expect == Expect::Absent => "begin a checkout",
        SagaStatus::TurningBack if works => "undo a checkout",
        SagaStatus::TurningBack => "let an undo wait",
        SagaStatus::Running if works && placed => "go on with a placed checkout",
        SagaStatus::Running if works => "go on with a checkout",
        SagaStatus::Running if placed => "let a placed checkout wait",
        SagaStatus::Running => "let a checkout wait",
    }
}

fn of_other(write: &Write) -> &'static str {
    match write {
        Write::Signal(_) => "wish",
        Write::Order(_) | Write::Stock(StockChange::Fulfil { .. }) => "change an order",
        Write::Delivery(mark) if matches!(mark.outcome, DeliveryOutcome::Claimed { .. }) => "claim events",
        Write::Delivery(_) => "mark events",
        Write::Stock(StockChange::Release { .. }) => "give back holds",
        Write::Stock(StockChange::Reserve { .. }) => "hold for a cart",
        Write::Stock(StockChange::Receive { .. }) => "receive stock",
        Write::Stock(StockChange::Count { .. } | StockChange::CountFirst { .. }) => "count stock",
        Write::Stock(_) => "move stock",
        Write::Forget(_) => "forget",
        Write::Promotion(_) => "save a promotion",
        _ => "save a product",
    }
}
