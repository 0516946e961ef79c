use std::net::TcpListener;
use std::time::{Duration, Instant};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_protocols::OpenInference;
use creel_testkit::ManualSignal;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{
    answered, asked_at, builder, call, check_asks_anew, described, end_by_deadline, first,
    hanging_on_one, request, service, sum,
};

const SHORT: Duration = Duration::from_millis(30);
/// Beyond the patience of any test.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_server_that_hangs_times_out() {
    let server = first([Reply::Hang]);
    let service = builder(&server).total_timeout(SHORT).build().unwrap();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
    let words = described(&error);
    assert!(
        words.contains(&server.url()) && words.contains("30ms"),
        "{words}"
    );
}

#[test]
fn a_connection_on_which_a_call_timed_out_is_not_used_again() {
    let server = hanging_on_one();
    let service = builder(&server).total_timeout(LONG).build().unwrap();
    end_by_deadline(&service, &server);
    check_asks_anew(&service, &server);
}

#[test]
fn a_reply_that_stalls_times_out() {
    for beginning in [
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let server = first([Reply::Stall(beginning.into())]);
        let service = builder(&server).total_timeout(SHORT).build().unwrap();
        let error = call(&service, request(&[1.0])).unwrap_err();
        assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up_before_the_time_for_the_whole() {
    for reply in [
        Reply::Hang,
        Reply::Stall("HTTP/1.1 200 OK\r\n".into()),
        Reply::Stall("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into()),
    ] {
        let server = first([reply]);
        let service = builder(&server)
            .read_timeout(SHORT)
            .total_timeout(LONG)
            .build()
            .unwrap();
        let error = call(&service, request(&[1.0])).unwrap_err();
        assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
        let words = described(&error);
        assert!(words.contains("said nothing for 30ms"), "{words}");
    }
}

#[test]
fn a_server_that_accepts_nothing_times_out() {
    // A listener whose connections nobody takes.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = asked_at(url, OpenInference::new("sum"))
        .connect_timeout(SHORT)
        .total_timeout(SHORT)
        .build()
        .unwrap();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let server = ScriptedServer::answering(sum);
    let service = service(&server);
    let context = Context::new().with_deadline(Instant::now());
    let error = pollster::block_on(service.call(request(&[1.0]), &context)).unwrap_err();
    assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
    assert!(
        described(&error).contains("before it was sent"),
        "{}",
        described(&error)
    );
    assert_eq!(server.connection_count(), 0);
}

#[test]
fn limits_far_away_change_nothing() {
    let server = ScriptedServer::answering(sum);
    let service = builder(&server)
        .connect_timeout(Duration::MAX)
        .total_timeout(Duration::MAX)
        .build()
        .unwrap();
    let context = Context::new().with_deadline(Instant::now() + LONG);
    let answer = pollster::block_on(service.call(request(&[1.0]), &context)).unwrap();
    assert_eq!(answered(&answer), Some(1.0));
    let answer = call(&service, request(&[2.0])).unwrap();
    assert_eq!(answered(&answer), Some(2.0));
    assert_eq!(server.connection_count(), 1);
}

#[test]
fn a_cancelled_request_is_not_sent() {
    let server = ScriptedServer::answering(sum);
    let service = service(&server);
    let signal = ManualSignal::new();
    let context = signal.context();
    let future = service.call(request(&[1.0]), &context);
    signal.cancel();
    let error = pollster::block_on(future).unwrap_err();
    assert!(matches!(error, ServiceError::Cancelled), "{error:?}");
    assert_eq!(server.connection_count(), 0);
}

#[test]
fn a_call_that_is_not_polled_sends_nothing() {
    let server = ScriptedServer::answering(sum);
    let service = service(&server);
    drop(service.call(request(&[1.0]), &Context::new()));
    assert_eq!(server.connection_count(), 0);
}
