use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, Waker};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_protocols::Answer;
use creel_testkit::http::{Reply, ScriptedServer};
use creel_testkit::{ManualSignal, WakeCount};

use super::asking::{
    answered, builder, call, check_asks_anew, end_by_deadline, hanging_on_one, request, sum,
};

type Call<'a> = Pin<Box<dyn Future<Output = Result<Answer, ServiceError>> + Send + 'a>>;

fn poll(call: &mut Call<'_>) -> Poll<Result<Answer, ServiceError>> {
    call.as_mut()
        .poll(&mut TaskContext::from_waker(Waker::noop()))
}

#[test]
fn hundreds_of_calls_wait_on_one_thread() {
    const CALLS: usize = 300;
    let server = ScriptedServer::answering(|_| Reply::Hang);
    let service = builder(&server).build().unwrap();
    let signal = ManualSignal::new();
    let context = signal.context();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut calls: Vec<Call<'_>> = (0..CALLS)
                .map(|number| Box::pin(service.call(request(&[number as f64]), &context)) as _)
                .collect();
            pollster::block_on(poll_fn(|task| {
                calls.retain_mut(|call| match call.as_mut().poll(task) {
                    Poll::Ready(Err(ServiceError::Cancelled)) => false,
                    Poll::Ready(outcome) => panic!("{outcome:?}"),
                    Poll::Pending => true,
                });
                if calls.is_empty() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }));
        });
        server.wait_for_requests(CALLS);
        signal.cancel();
        waiting.join().unwrap();
    });
    assert_eq!(server.connection_count(), CALLS);
}

#[test]
fn a_call_that_waits_takes_three_kilobytes_at_most() {
    let server = ScriptedServer::answering(|_| Reply::Hang);
    let service = builder(&server).build().unwrap();
    let context = Context::new();
    let size = size_of_val(&service.call(request(&[1.0]), &context));
    assert!(size <= 3 << 10, "{size} bytes");
}

#[test]
fn a_call_that_is_cancelled_in_the_middle_ends_at_once() {
    let server = ScriptedServer::answering(|_| Reply::Hang);
    let service = builder(&server).build().unwrap();
    let signal = ManualSignal::new();
    let context = signal.context();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| pollster::block_on(service.call(request(&[1.0]), &context)));
        server.wait_for_requests(1);
        signal.cancel();
        let error = waiting.join().unwrap().unwrap_err();
        assert!(matches!(error, ServiceError::Cancelled), "{error:?}");
    });
}

#[test]
fn a_deadline_ends_a_call_in_the_middle_and_its_connection_is_not_used_again() {
    let server = hanging_on_one();
    let service = builder(&server).build().unwrap();
    end_by_deadline(&service, &server);
    check_asks_anew(&service, &server);
}

#[test]
fn a_call_that_is_dropped_in_the_middle_takes_its_connection_with_it() {
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        if calls == 1 {
            Reply::Hang
        } else {
            sum(received)
        }
    });
    let service = builder(&server).build().unwrap();
    let signal = ManualSignal::new();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            // Dropped when it is told to, not cancelled.
            let (free, told) = (Context::new(), signal.context());
            let mut given_up: Call<'_> = Box::pin(service.call(request(&[1.0]), &free));
            pollster::block_on(poll_fn(|task| {
                told.on_cancel(task.waker());
                if told.is_cancelled() {
                    return Poll::Ready(());
                }
                given_up
                    .as_mut()
                    .poll(task)
                    .map(|outcome| panic!("{outcome:?}"))
            }));
        });
        server.wait_for_requests(1);
        signal.cancel();
        waiting.join().unwrap();
    });
    call(&service, request(&[1.0])).unwrap();
    assert_eq!(server.connection_count(), 2);
}

#[test]
fn a_call_that_waits_is_woken_by_its_reply() {
    let server = ScriptedServer::answering(sum);
    let service = builder(&server).build().unwrap();
    let wakes = WakeCount::new();
    let context = Context::new();
    let mut waiting: Call<'_> = Box::pin(service.call(request(&[1.0]), &context));
    let waker = wakes.waker();
    let mut task = TaskContext::from_waker(&waker);
    let mut seen = 0;
    loop {
        if let Poll::Ready(answer) = waiting.as_mut().poll(&mut task) {
            assert_eq!(answered(&answer.unwrap()), Some(1.0));
            break;
        }
        seen += 1;
        wakes.wait_until(seen);
    }
}

#[test]
fn a_service_can_be_dropped_while_calls_are_out() {
    let server = ScriptedServer::answering(|_| Reply::Hang);
    for _ in 0..20 {
        let service = builder(&server).build().unwrap();
        let context = Context::new();
        let mut out: Call<'_> = Box::pin(service.call(request(&[1.0]), &context));
        assert!(poll(&mut out).is_pending());
    }
}
