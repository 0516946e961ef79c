//! Who waits for what, and what ends it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_core::port::ServiceError;
use creel_core::resilience::{LimitPolicy, Retry};
use creel_core::{Context, Service};
use creel_pipeline::{Resilience, Resilient};
use creel_runtime::{Seeded, sleep};
use creel_testkit::{ManualSignal, Reply, ScriptedService};

use super::server::{MILLISECOND, SECOND};

/// Answers each request after a time, and notes their order.
#[derive(Clone, Default)]
struct Slow {
    order: Arc<Mutex<Vec<u64>>>,
    inside: Arc<Mutex<(usize, usize)>>,
}

impl Service<u64> for Slow {
    type Response = u64;

    async fn call(&self, request: u64, _: &Context) -> Result<u64, ServiceError> {
        /// Leaves also when the call is given up.
        struct Inside<'a>(&'a Slow);
        impl Drop for Inside<'_> {
            fn drop(&mut self) {
                self.0.inside.lock().unwrap().0 -= 1;
            }
        }
        let inside = {
            let mut inside = self.inside.lock().unwrap();
            inside.0 += 1;
            inside.1 = inside.1.max(inside.0);
            Inside(self)
        };
        self.order.lock().unwrap().push(request);
        sleep(10 * MILLISECOND).await;
        drop(inside);
        Ok(request)
    }
}

fn limited(count: u32) -> Resilience {
    Resilience {
        limit: LimitPolicy::Fixed(count),
        seed: Some(0),
        ..Resilience::default()
    }
}

fn unavailable() -> ServiceError {
    ServiceError::Unavailable("connection refused".into())
}

/// Always fails like this.
fn failing(
    error: impl Fn() -> ServiceError + Send + 'static,
) -> (
    ScriptedService<u64, u64>,
    Resilient<u64, ScriptedService<u64, u64>>,
) {
    let service = ScriptedService::new(move |_| Reply::error(error()));
    let resilience = Resilience {
        seed: Some(0),
        ..Resilience::default()
    };
    (service.clone(), Resilient::new(service, resilience))
}

fn call<S>(seeded: &Seeded, service: &S) -> Result<u64, ServiceError>
where
    S: Service<u64, Response = u64>,
{
    seeded.block_on(service.call(1, &Context::new())).unwrap()
}

#[test]
fn no_more_are_in_flight_than_the_limit_and_they_go_in_their_order() {
    for seed in 0..20 {
        let seeded = Seeded::new(seed);
        let slow = Slow::default();
        let service = Arc::new(Resilient::new(slow.clone(), limited(3)));
        for number in 0..50 {
            // One after the other, so that there is an order.
            let service = Arc::clone(&service);
            let call = async move { service.call(number, &Context::new()).await.unwrap() };
            drop(seeded.spawn(call).unwrap());
            seeded.advance(Duration::ZERO);
        }
        seeded.run();
        assert_eq!(slow.inside.lock().unwrap().1, 3);
        let order = slow.order.lock().unwrap().clone();
        assert_eq!(order, (0..50).collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn calls_that_are_given_up_leave_their_place_to_others() {
    for seed in 0..50 {
        let seeded = Seeded::new(seed);
        let slow = Slow::default();
        let service = Arc::new(Resilient::new(slow.clone(), limited(2)));
        let calls: Vec<_> = (0..40)
            .map(|number| {
                let service = Arc::clone(&service);
                let call = async move { service.call(number, &Context::new()).await.unwrap() };
                seeded.spawn(call).unwrap()
            })
            .collect();
        let mut kept = Vec::new();
        for (number, call) in calls.into_iter().enumerate() {
            seeded.advance(MILLISECOND);
            if number % 3 == 0 {
                call.cancel();
            } else {
                kept.push(call);
            }
        }
        seeded.run();
        for call in kept {
            call.result().expect("it is answered in the end");
        }
        assert_eq!(slow.inside.lock().unwrap().0, 0);
        assert!(slow.inside.lock().unwrap().1 <= 2);
    }
}

#[test]
fn a_final_failure_stands_at_once() {
    let (service, resilient) = failing(|| ServiceError::Rejected("no such model".into()));
    let error = call(&Seeded::new(0), &resilient).unwrap_err();
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    assert_eq!(service.started(), 1);
}

#[test]
fn a_failure_stands_after_the_last_retry() {
    let (service, resilient) = failing(unavailable);
    let resilient = resilient.known_to_answer();
    let seeded = Seeded::new(0);
    let error = call(&seeded, &resilient).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert_eq!(service.started(), 5);
    assert_eq!(resilient.handle().efforts().retries, 4);
    assert!(seeded.clock().elapsed() > Duration::ZERO);
}

#[test]
fn a_service_that_never_answered_is_not_waited_for() {
    let (service, resilient) = failing(unavailable);
    let seeded = Seeded::new(0);
    for number in 0..100 {
        let error = call(&seeded, &resilient).unwrap_err();
        let ServiceError::Unavailable(cause) = error else {
            panic!("{error:?}");
        };
        if number > 0 {
            let told = cause.to_string();
            assert!(told.starts_with("not sent"), "{told}");
            assert!(told.ends_with("connection refused"), "{told}");
        }
    }
    assert_eq!(service.started(), 5);
    assert!(seeded.clock().elapsed() < 2 * SECOND);
}

#[test]
fn a_pause_beyond_all_patience_fails_what_asks_meanwhile_at_once() {
    let (service, resilient) = failing(|| ServiceError::Throttled {
        retry_after: Some(3600 * SECOND),
        source: "quota used up".into(),
    });
    let seeded = Seeded::new(0);
    for _ in 0..3 {
        let error = call(&seeded, &resilient).unwrap_err();
        assert!(matches!(error, ServiceError::Throttled { .. }), "{error:?}");
    }
    assert_eq!(service.started(), 1);
    assert_eq!(seeded.clock().elapsed(), Duration::ZERO);
}

#[test]
fn a_deadline_ends_the_wait_for_ones_turn() {
    let seeded = Seeded::new(0);
    let slow = Slow::default();
    let service = Arc::new(Resilient::new(slow.clone(), limited(1)));
    let first = Arc::clone(&service);
    let first = seeded
        .spawn(async move { first.call(1, &Context::new()).await })
        .unwrap();
    seeded.advance(Duration::ZERO);
    let context = Context::new().with_deadline(seeded.now() + 5 * MILLISECOND);
    let error = seeded
        .block_on(service.call(2, &context))
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
    assert_eq!(seeded.clock().elapsed(), 5 * MILLISECOND);
    first.result().unwrap().unwrap();
    assert_eq!(*slow.order.lock().unwrap(), [1]);
}

#[test]
fn a_deadline_ends_the_retries_with_what_was_met_last() {
    let (_, resilient) = failing(unavailable);
    let resilient = resilient.known_to_answer();
    let seeded = Seeded::new(0);
    let context = Context::new().with_deadline(seeded.now() + MILLISECOND);
    let error = seeded
        .block_on(resilient.call(1, &context))
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert!(seeded.clock().elapsed() <= MILLISECOND);
}

#[test]
fn a_request_to_stop_ends_every_wait() {
    // For one's turn, for the end of a pause, and for the service to come back.
    let seeded = Seeded::new(0);
    let slow = Arc::new(Resilient::new(Slow::default(), limited(1)));
    let (_, pausing) = failing(|| ServiceError::Throttled {
        retry_after: Some(60 * SECOND),
        source: "slow down".into(),
    });
    let (_, gone) = failing(unavailable);
    let (pausing, gone) = (Arc::new(pausing), Arc::new(gone.known_to_answer()));
    let signal = ManualSignal::new();
    let mut calls = Vec::new();
    for _ in 0..3 {
        let (service, context) = (Arc::clone(&slow), signal.context());
        calls.push(
            seeded
                .spawn(async move { service.call(1, &context).await })
                .unwrap(),
        );
        for service in [&pausing, &gone] {
            let (service, context) = (Arc::clone(service), signal.context());
            calls.push(
                seeded
                    .spawn(async move { service.call(1, &context).await })
                    .unwrap(),
            );
        }
    }
    seeded.advance(5 * MILLISECOND);
    signal.cancel();
    seeded.run();
    let mut cancelled = 0;
    for call in calls {
        match call.result().unwrap() {
            // It was out already.
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error, ServiceError::Cancelled), "{error:?}");
                cancelled += 1;
            }
        }
    }
    assert_eq!(cancelled, 8);
    assert!(seeded.clock().elapsed() < SECOND);
}

#[test]
fn a_caller_that_does_not_wait_any_more_ends_every_wait_but_for_an_answer() {
    let seeded = Seeded::new(0);
    let slow = Arc::new(Resilient::new(Slow::default(), limited(1)));
    let (_, pausing) = failing(|| ServiceError::Throttled {
        retry_after: Some(50 * SECOND),
        source: "slow down".into(),
    });
    let (_, gone) = failing(unavailable);
    let (pausing, gone) = (Arc::new(pausing), Arc::new(gone.known_to_answer()));
    let signal = ManualSignal::new();
    let context = Context::new().with_fail_fast(Arc::new(signal.clone()));
    let (mut slow_calls, mut others) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (service, context) = (Arc::clone(&slow), context.clone());
        let call = async move { service.call(1, &context).await };
        slow_calls.push(seeded.spawn(call).unwrap());
    }
    for service in [&pausing, &gone] {
        for _ in 0..3 {
            let (service, context) = (Arc::clone(service), context.clone());
            let call = async move { service.call(1, &context).await };
            others.push(seeded.spawn(call).unwrap());
        }
    }
    seeded.advance(5 * MILLISECOND);
    signal.cancel();
    seeded.run();
    let slow_calls = slow_calls.into_iter().map(|call| call.result().unwrap());
    let (answers, errors): (Vec<_>, Vec<_>) = slow_calls.partition(Result::is_ok);
    assert_eq!(answers.len(), 1, "what was sent is answered");
    for error in errors {
        let error = error.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
    for call in others {
        let error = call.result().unwrap().unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
    assert!(seeded.clock().elapsed() < SECOND);
}

#[test]
fn nothing_is_repeated_without_resilience() {
    let service = ScriptedService::new(|_: u64| Reply::<u64>::error(unavailable()));
    let resilient = Resilient::new(service.clone(), Resilience::none());
    for _ in 0..10 {
        call(&Seeded::new(0), &resilient).unwrap_err();
    }
    assert_eq!(service.started(), 10);
}

#[test]
fn what_weighs_more_waits_longer() {
    let slow = Slow::default();
    let rate = "10/s".parse().unwrap();
    let service = Resilient::new(slow, limited(8)).weight_rate(rate, |request: &u64| *request);
    let seeded = Seeded::new(0);
    for _ in 0..3 {
        let context = Context::new();
        seeded.block_on(service.call(5, &context)).unwrap().unwrap();
    }
    // The third went out when ten were paid for.
    assert_eq!(seeded.clock().elapsed(), SECOND + 10 * MILLISECOND);
}

#[test]
fn patience_ends_the_wait_for_a_service_that_has_gone() {
    let (_, resilient) = failing(unavailable);
    let resilient = Resilient::new(
        resilient,
        Resilience {
            retry: Retry {
                retries_max: 0,
                ..Retry::default()
            },
            ..limited(8)
        },
    )
    .known_to_answer();
    let seeded = Seeded::new(0);
    for _ in 0..200 {
        call(&seeded, &resilient).unwrap_err();
    }
    let waited = seeded.clock().elapsed();
    assert!((60 * SECOND..70 * SECOND).contains(&waited), "{waited:?}");
}
