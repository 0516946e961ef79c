use std::sync::{Barrier, mpsc};
use std::thread;

use creel_core::port::ServiceError;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{answered, builder, call, described, request, service, sum};

/// Which connection each request came on.
fn connections(server: &ScriptedServer) -> Vec<usize> {
    let received = server.received();
    received.iter().map(|request| request.connection).collect()
}

#[test]
fn one_connection_serves_one_caller() {
    let server = ScriptedServer::answering(sum);
    let service = service(&server);
    for _ in 0..20 {
        call(&service, request(&[1.0])).unwrap();
    }
    assert_eq!(connections(&server), [0; 20]);
}

#[test]
fn a_refusal_keeps_the_connection() {
    let server = ScriptedServer::answering(sum);
    let service = service(&server);
    for _ in 0..3 {
        call(&service, request(&[1e9])).unwrap_err();
    }
    assert_eq!(connections(&server), [0; 3]);
}

#[test]
fn each_caller_at_the_same_time_has_a_connection_of_its_own_and_keeps_it() {
    const CALLERS: usize = 8;
    let together = Barrier::new(CALLERS);
    let server = ScriptedServer::answering(sum);
    let service = builder(&server)
        .idle_connections_max(CALLERS)
        .build()
        .unwrap();
    thread::scope(|scope| {
        for number in 0..CALLERS {
            let (service, together) = (&service, &together);
            scope.spawn(move || {
                for round in 0..10 {
                    together.wait();
                    let answer =
                        call(service, request(&[number as f64, f64::from(round)])).unwrap();
                    assert_eq!(answered(&answer), Some((number + round as usize) as f64));
                }
            });
        }
    });
    assert!(server.connection_count() <= CALLERS);
    assert_eq!(server.received().len(), 10 * CALLERS);
}

#[test]
fn a_connection_that_was_closed_while_idle_is_replaced() {
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        match sum(received) {
            reply if calls == 1 => reply.then_close(),
            reply => reply,
        }
    });
    let service = service(&server);
    call(&service, request(&[1.0])).unwrap();
    let answer = call(&service, request(&[1.0, 1.0])).unwrap();
    assert_eq!(answered(&answer), Some(2.0));
    assert_eq!(connections(&server), [0, 1]);
}

#[test]
fn a_request_that_met_a_closing_connection_is_sent_once_more() {
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        // The second comes on the first's connection: what a server does that closes it in that moment.
        if calls == 2 {
            Reply::Close
        } else {
            sum(received)
        }
    });
    let service = service(&server);
    call(&service, request(&[1.0])).unwrap();
    let answer = call(&service, request(&[1.0, 1.0])).unwrap();
    assert_eq!(answered(&answer), Some(2.0));
    assert_eq!(connections(&server), [0, 0, 1]);
    let received = server.received();
    assert_eq!(received[1].body, received[2].body);
}

#[test]
fn the_second_attempt_uses_no_connection_that_was_idle() {
    let (go_on, wait) = mpsc::channel();
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        match calls {
            1 => {
                // The second caller finds the first one's connection busy.
                wait.recv().expect("the test goes on");
                sum(received)
            }
            3 => Reply::Close,
            _ => sum(received),
        }
    });
    let service = service(&server);
    thread::scope(|scope| {
        for count in 1..=2 {
            scope.spawn(|| call(&service, request(&[1.0])).expect("the server answers"));
            server.wait_for_connections(count);
        }
        go_on.send(()).expect("the server waits");
    });
    call(&service, request(&[1.0])).unwrap();
    assert_eq!(connections(&server)[3], 2);
}

#[test]
fn a_request_is_sent_no_more_than_twice() {
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        if calls == 1 {
            sum(received)
        } else {
            Reply::Close
        }
    });
    let service = service(&server);
    call(&service, request(&[1.0])).unwrap();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert_eq!(connections(&server), [0, 0, 1]);
}

#[test]
fn a_request_whose_reply_had_begun_is_not_sent_again() {
    let mut calls = 0;
    let server = ScriptedServer::answering(move |received| {
        calls += 1;
        if calls == 1 {
            sum(received)
        } else {
            Reply::Bytes(b"HTTP/1.1 200 ".to_vec())
        }
    });
    let service = service(&server);
    call(&service, request(&[1.0])).unwrap();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(
        described(&error).contains("broke off"),
        "{}",
        described(&error)
    );
    assert_eq!(connections(&server), [0, 0]);
}
