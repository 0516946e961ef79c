use std::task::{Context as Task, Waker};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_testkit::{Gate, ManualSignal, Reply, ScriptedService, contract};

fn doubling() -> ScriptedService<usize, usize> {
    ScriptedService::new(|number| match number {
        1_000 => Reply::error(ServiceError::Rejected("too large".into())),
        number => Reply::answer(number * 2),
    })
}

fn check(request: usize, response: usize) {
    assert_eq!(
        response,
        request * 2,
        "the response answers another request"
    );
}

#[test]
fn the_scripted_service_keeps_the_contract() {
    for service in [doubling(), doubling().blocking()] {
        contract::service(&service, |number| number, check);
        contract::service_rejects(&service, || 1_000, || 1);
        assert_eq!(service.running(), 0);
        assert_eq!(service.given_up(), 0);
    }
}

#[test]
fn a_service_behind_an_open_gate_keeps_the_contract() {
    let gate = Gate::closed();
    gate.open();
    let service =
        ScriptedService::new(move |number: usize| Reply::answer(number * 2).behind(&gate));
    contract::service(&service, |number| number, check);
}

#[test]
fn a_held_call_suspends_until_its_gate_opens() {
    let gate = Gate::closed();
    let service = ScriptedService::in_order([Reply::answer('a').behind(&gate)]);
    let context = Context::new();
    let mut call = Box::pin(service.call((), &context));
    assert_eq!(service.started(), 0);
    let mut task = Task::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut task).is_pending());
    assert_eq!((service.started(), service.running()), (1, 1));
    gate.open();
    assert_eq!(pollster::block_on(call).unwrap(), 'a');
    assert_eq!((service.answered(), service.running()), (1, 0));
}

#[test]
fn a_held_call_of_a_blocking_service_blocks_in_its_first_poll() {
    let gate = Gate::closed();
    let service = ScriptedService::in_order([Reply::answer('a').behind(&gate)]).blocking();
    let watched = service.clone();
    let thread = std::thread::spawn(move || {
        let context = Context::new();
        let mut call = Box::pin(service.call((), &context));
        let mut task = Task::from_waker(Waker::noop());
        matches!(
            call.as_mut().poll(&mut task),
            std::task::Poll::Ready(Ok('a'))
        )
    });
    watched.wait_until_running(1);
    gate.wait_until_reached(1);
    gate.open();
    assert!(thread.join().unwrap());
}

#[test]
fn a_call_that_never_ends_is_cancelled_or_given_up() {
    let service = ScriptedService::<(), ()>::new(|()| Reply::never());
    let signal = ManualSignal::new();
    let context = signal.context();
    let mut call = Box::pin(service.call((), &context));
    let mut task = Task::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut task).is_pending());
    drop(call);
    assert_eq!((service.given_up(), service.running()), (1, 0));

    signal.cancel();
    contract::error(&pollster::block_on(service.call((), &context)).unwrap_err());
    assert_eq!((service.failed(), service.running_max()), (1, 1));
}

#[test]
#[should_panic(expected = "the script has a reply for each call")]
fn a_call_behind_the_script_is_the_tests_fault() {
    let service = ScriptedService::<(), ()>::in_order([]);
    let _ = pollster::block_on(service.call((), &Context::new()));
}

#[test]
#[should_panic(expected = "the response answers another request")]
fn a_service_that_mixes_up_answers_is_found() {
    let service = ScriptedService::new(|number: usize| Reply::answer(number.max(1) * 2));
    contract::service(&service, |number| number, check);
}

#[test]
#[should_panic(expected = "neither answered nor cancelled")]
fn a_service_that_misnames_a_cancelled_call_is_found() {
    struct Misnames;
    impl Service<usize> for Misnames {
        type Response = usize;
        async fn call(&self, request: usize, context: &Context) -> Result<usize, ServiceError> {
            if context.is_cancelled() {
                return Err(ServiceError::Failed("cancelled".into()));
            }
            Ok(request * 2)
        }
    }
    contract::service(&Misnames, |number| number, check);
}

#[test]
#[should_panic(expected = "a request fails otherwise")]
fn a_service_that_rejects_with_the_wrong_error_is_found() {
    let service = ScriptedService::new(|number: usize| match number {
        1_000 => Reply::error(ServiceError::Failed("too large".into())),
        number => Reply::answer(number),
    });
    contract::service_rejects(&service, || 1_000, || 1);
}

#[test]
#[should_panic(expected = "a good request is not answered behind a rejected one")]
fn a_service_that_is_broken_by_a_bad_request_is_found() {
    let mut broken = false;
    let service = ScriptedService::new(move |number: usize| {
        broken |= number == 1_000;
        match broken {
            true => Reply::error(ServiceError::Rejected("too large".into())),
            false => Reply::answer(number),
        }
    });
    contract::service_rejects(&service, || 1_000, || 1);
}
