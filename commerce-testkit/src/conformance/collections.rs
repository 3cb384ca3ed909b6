//! Collecting money that was promised, giving it back, or giving up the promise: each once, and in no wrong order.

use commerce_core::gateway::{Lookup, VoidOutcome};
use futures_util::future::{join, join_all};

use super::{
    sandbox::{Sandbox, Trial, rejected},
    tenders::Proven,
};

/// Promised money is collected once, however often that is asked for under one key.
pub async fn promised_money_is_collected_once(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.payment().await?;
    let again = trial.collect(1, &reference, 20);
    trial.gateway().capture(again.clone()).await?;
    join_all((0..4).map(|_| trial.gateway().capture(again.clone()))).await.into_iter().collect::<Proven>()?;
    trial.expect(trial.moved().await?, [20, 20, 0]);
    assert_eq!(trial.gateway().lookup(&again.key).await?, Lookup::Done);
    Ok(())
}

/// What is collected already is not collected under another key.
pub async fn collected_money_is_not_collected_again(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.payment().await?;
    rejected(trial.gateway().capture(trial.collect(2, &reference, 20)).await);
    trial.expect(trial.moved().await?, [20, 20, 0]);
    Ok(())
}

/// Money that nobody promised is not collected.
pub async fn money_that_was_never_promised_is_not_collected(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    rejected(trial.gateway().capture(trial.collect(1, "never-promised", 20)).await);
    let reference = trial.promise().await?;
    rejected(trial.gateway().capture(trial.collect(2, &reference, 21)).await);
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// A promise that was given up is gone: twice is once, and nothing can be collected of it.
pub async fn a_promise_is_given_up_once(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.promise().await?;
    for _ in 0..2 {
        assert_eq!(trial.gateway().void(trial.give_up(1, &reference)).await?, VoidOutcome::Voided);
    }
    assert_eq!(trial.gateway().void(trial.give_up(2, &reference)).await?, VoidOutcome::Voided);
    rejected(trial.gateway().capture(trial.collect(1, &reference, 20)).await);
    trial.expect(trial.moved().await?, [0, 0, 0]);
    let asked = trial.ask(1, sandbox.approved());
    assert_eq!(trial.gateway().lookup(&asked.key).await?, Lookup::Closed);
    Ok(())
}

/// Giving up a promise too late says that the money is collected, and leaves it there.
pub async fn a_void_after_the_capture_says_so(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.payment().await?;
    assert_eq!(trial.gateway().void(trial.give_up(1, &reference)).await?, VoidOutcome::Captured);
    trial.expect(trial.moved().await?, [20, 20, 0]);
    Ok(())
}

/// Of a capture and a void that meet, one wins, and the books agree with what both were told.
pub async fn of_a_capture_and_a_void_one_wins(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.promise().await?;
    let gateway = trial.gateway();
    let (captured, voided) =
        join(gateway.capture(trial.collect(1, &reference, 20)), gateway.void(trial.give_up(1, &reference)))
            .await;
    let moved = trial.moved().await?;
    match voided? {
        VoidOutcome::Voided => {
            rejected(captured);
            trial.expect(moved, [0, 0, 0]);
        }
        VoidOutcome::Captured | VoidOutcome::Pending { .. } => {
            captured?;
            trial.expect(moved, [20, 20, 0]);
        }
    }
    Ok(())
}

/// Money is given back once under one key, in parts if need be, and never more than was collected.
pub async fn collected_money_is_given_back_once(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.payment().await?;
    let part = trial.give_back(1, &reference, 12);
    for _ in 0..2 {
        trial.gateway().refund(part.clone()).await?;
    }
    assert_eq!(trial.gateway().lookup(&part.key).await?, Lookup::Done);
    trial.expect(trial.moved().await?, [20, 20, 12]);
    rejected(trial.gateway().refund(trial.give_back(2, &reference, 9)).await);
    trial.gateway().refund(trial.give_back(3, &reference, 8)).await?;
    rejected(trial.gateway().refund(trial.give_back(4, &reference, 1)).await);
    trial.expect(trial.moved().await?, [20, 20, 20]);
    Ok(())
}

/// Money that was not collected cannot be given back.
pub async fn money_that_was_not_collected_is_not_given_back(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    rejected(trial.gateway().refund(trial.give_back(1, "never-promised", 20)).await);
    let reference = trial.promise().await?;
    rejected(trial.gateway().refund(trial.give_back(2, &reference, 20)).await);
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// What was rejected has not happened, and is not found.
pub async fn a_rejected_request_is_not_found(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let reference = trial.promise().await?;
    let too_early = trial.give_back(1, &reference, 20);
    rejected(trial.gateway().refund(too_early.clone()).await);
    assert_eq!(trial.gateway().lookup(&too_early.key).await?, Lookup::NotFound);
    Ok(())
}
