//! Asking for money: once, however often it is asked and whatever became of the answers.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use commerce_core::gateway::{Authorization, AuthorizeRequest, GatewayError, Lookup, TryAgain};
use futures_util::future::join_all;

use super::sandbox::{Sandbox, Trial, promised, rejected};

/// What a rule for gateways answers: `Err` when the gateway failed where it must not. A rule that is broken panics.
pub type Proven = Result<(), GatewayError>;

/// A promise is for what was asked, and the other side knows of it.
pub async fn money_is_promised(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    trial.promise().await?;
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// The same request under the same key is one request, and gets the same answer.
pub async fn a_repeated_request_is_one_request(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let first = trial.promise().await?;
    assert_eq!(trial.promise().await?, first);
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// The same request sent many times at once is one request. Whoever came too early may be told to look again.
pub async fn a_request_sent_at_once_is_one_request(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let answers = join_all((0..8).map(|_| trial.promise())).await;
    let reference = settled(&trial).await?;
    for answer in answers {
        match answer {
            Ok(answered) => assert_eq!(answered, reference),
            Err(error) => assert!(!matches!(error, GatewayError::Rejected { .. }), "{error:?}"),
        }
    }
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// A key that was used for other content is rejected, and nothing is moved.
pub async fn a_reused_key_is_rejected(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    trial.promise().await?;
    let more = AuthorizeRequest { amount: trial.amount(30), ..trial.ask(1, sandbox.approved()) };
    rejected(trial.gateway().authorize(more).await);
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// Two keys are two requests.
pub async fn another_key_is_another_request(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let first = trial.promise().await?;
    let second = trial.gateway().authorize(trial.ask(2, sandbox.approved())).await?;
    assert_ne!(promised(&second), first);
    trial.expect(trial.moved().await?, [40, 0, 0]);
    Ok(())
}

/// A caller that gives up at any moment and asks again under the same key has asked once: the reply was lost, and the
/// request perhaps not.
pub async fn a_lost_reply_costs_nobody_anything(sandbox: &dyn Sandbox) -> Proven {
    for polls in 0..40 {
        let trial = Trial::number(sandbox, u128::from(polls));
        let answered = give_up_after(polls, trial.promise()).await;
        let reference = settled(&trial).await?;
        trial.expect(trial.moved().await?, [20, 0, 0]);
        if let Some(answer) = answered {
            assert_eq!(answer?, reference);
            return Ok(());
        }
    }
    Ok(())
}

/// A refusal by the bank is an answer, not an error; it moves nothing, and another tender may follow.
pub async fn a_decline_is_an_answer(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let ask = trial.ask(1, sandbox.declined());
    let answer = trial.gateway().authorize(ask.clone()).await?;
    let Authorization::Declined { reason, retry } = &answer else {
        panic!("to be declined, but the answer is {answer:?}")
    };
    assert!(!reason.is_empty(), "a decline says why");
    assert!(matches!(retry, TryAgain::SameMethod | TryAgain::OtherMethod));
    trial.expect(trial.moved().await?, [0, 0, 0]);
    let other = trial.gateway().authorize(trial.ask(2, sandbox.approved())).await?;
    promised(&other);
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// A method that only knows sales says so, and has collected all of the money.
pub async fn a_sale_is_collected_at_once(sandbox: &dyn Sandbox) -> Proven {
    let Some(sale) = sandbox.sale() else { return Ok(()) };
    let trial = Trial::number(sandbox, 0);
    let answer = trial.gateway().authorize(trial.ask(1, sale.clone())).await?;
    assert!(matches!(answer, Authorization::Captured { .. }), "a sale, but the answer is {answer:?}");
    assert_eq!(trial.gateway().authorize(trial.ask(1, sale)).await?, answer);
    trial.expect(trial.moved().await?, [20, 20, 0]);
    Ok(())
}

/// A key that was never used is not found; and looking does not use it.
pub async fn an_unknown_key_is_not_found(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    let ask = trial.ask(1, sandbox.approved());
    assert_eq!(trial.gateway().lookup(&ask.key).await?, Lookup::NotFound);
    trial.expect(trial.moved().await?, [0, 0, 0]);
    promised(&trial.gateway().authorize(ask).await?);
    Ok(())
}

/// A lookup answers what the request was answered, as often as it is asked, and moves nothing.
pub async fn a_lookup_answers_what_the_request_was_answered(sandbox: &dyn Sandbox) -> Proven {
    let trial = Trial::number(sandbox, 0);
    for (attempt, method) in [(1, sandbox.declined()), (2, sandbox.approved())] {
        let ask = trial.ask(attempt, method);
        let answer = trial.gateway().authorize(ask.clone()).await?;
        for _ in 0..2 {
            let found = trial.gateway().lookup(&ask.key).await?;
            assert_eq!(found, Lookup::Authorization(answer.clone()));
        }
    }
    trial.expect(trial.moved().await?, [20, 0, 0]);
    Ok(())
}

/// How long a key is remembered is long enough to ask again after a bad night.
pub async fn keys_are_remembered_for_some_hours(sandbox: &dyn Sandbox) -> Proven {
    let retention = sandbox.gateway().capabilities().key_retention;
    assert!(retention.as_secs() >= 3_600, "keys are remembered for {retention:?} only");
    Ok(())
}

/// The reference, when nothing is under way any more.
async fn settled(trial: &Trial<'_>) -> Result<String, GatewayError> {
    let mut tries = 0;
    loop {
        match trial.promise().await {
            Err(GatewayError::Uncertain { .. } | GatewayError::Unavailable { .. }) if tries < 100 => {
                tries += 1
            }
            answer => return answer,
        }
    }
}

/// Polls a future so often, then drops it; its answer, if it came to one.
async fn give_up_after<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            // The last one: nobody waits for it any more.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
