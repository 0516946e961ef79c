//! What a service promises.

use std::sync::Barrier;

use creel_core::port::ServiceError;
use creel_core::{Context, Service};

use crate::ManualSignal;

/// Checks that requests are answered, alone and at the same time, whatever happened to others.
///
/// `request` makes the request of a number; `check` asserts that a response answers it.
///
/// # Panics
/// When the service breaks its contract.
pub fn service<S, Request>(
    service: &S,
    request: impl Fn(usize) -> Request + Sync,
    check: impl Fn(usize, S::Response) + Sync,
) where
    S: Service<Request> + Sync,
{
    let context = Context::new();
    let call = |number: usize| {
        let answer = pollster::block_on(service.call(request(number), &context));
        check(number, answer.expect("a request is answered"));
    };
    call(0);

    // Given up before it was polled: the service goes on.
    drop(service.call(request(1), &context));
    call(2);

    let together = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (call, together) = (&call, &together);
            scope.spawn(move || {
                together.wait();
                for round in 0..5 {
                    call(3 + thread * 5 + round);
                }
            });
        }
    });

    let signal = ManualSignal::new();
    signal.cancel();
    match pollster::block_on(service.call(request(23), &signal.context())) {
        Ok(answer) => check(23, answer),
        Err(ServiceError::Cancelled) => {}
        Err(error) => panic!("a cancelled call ends neither answered nor cancelled: {error:?}"),
    }
    call(24);
}

/// Checks that a request is refused for good, and that others are answered meanwhile.
///
/// # Panics
/// When the service breaks its contract.
pub fn service_rejects<S, Request>(
    service: &S,
    bad: impl Fn() -> Request,
    good: impl Fn() -> Request,
) where
    S: Service<Request>,
{
    for _ in 0..2 {
        service_fails(service, bad(), |error| {
            matches!(error, ServiceError::Rejected(_))
        });
        let answer = pollster::block_on(service.call(good(), &Context::new()));
        assert!(
            answer.is_ok(),
            "a good request is not answered behind a rejected one: {:?}",
            answer.err()
        );
    }
}

/// Checks that a request fails as expected, with words that a user can read.
///
/// # Panics
/// When the request is answered, or fails otherwise.
pub fn service_fails<S, Request>(
    service: &S,
    request: Request,
    expected: impl FnOnce(&ServiceError) -> bool,
) where
    S: Service<Request>,
{
    match pollster::block_on(service.call(request, &Context::new())) {
        Ok(_) => panic!("a request that must fail is answered"),
        Err(error) => {
            super::error(&error);
            assert!(expected(&error), "a request fails otherwise: {error:?}");
        }
    }
}
