use creel_core::port::ServiceError;
use creel_protocols::{OpenInference, Request};
use creel_testkit::contract;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{answered, asked_at, builder, first, request, service, sum};

#[test]
fn the_client_keeps_the_contract_of_a_service() {
    let server = ScriptedServer::answering(sum);
    contract::service(
        &service(&server),
        |number| request(&[number as f64, 0.5]),
        |number, answer| assert_eq!(answered(&answer), Some(number as f64 + 0.5)),
    );
}

#[test]
fn a_refused_request_does_no_harm_to_others() {
    let server = ScriptedServer::answering(sum);
    let (bad, good) = (|| request(&[1e9]), || request(&[1.0]));
    contract::service_rejects(&service(&server), bad, good);
}

#[test]
fn a_request_that_cannot_be_encoded_is_rejected() {
    let server = ScriptedServer::answering(sum);
    let (bad, good) = (|| request(&[f64::NAN]), || request(&[1.0]));
    contract::service_rejects(&service(&server), bad, good);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn every_failure_is_told_in_words_that_keep_the_rules() {
    type Expected = fn(&ServiceError) -> bool;
    let cases: [(Reply, Expected); 8] = [
        (Reply::text(503, ""), |error| {
            matches!(error, ServiceError::Unavailable(_))
        }),
        (Reply::text(408, ""), |error| {
            matches!(error, ServiceError::TimedOut(_))
        }),
        (Reply::text(429, ""), |error| {
            matches!(error, ServiceError::Throttled { .. })
        }),
        (Reply::text(500, ""), |error| {
            matches!(error, ServiceError::Failed(_))
        }),
        (Reply::text(404, ""), |error| {
            matches!(error, ServiceError::Rejected(_))
        }),
        (Reply::text(200, "rubbish"), |error| {
            matches!(error, ServiceError::Malformed(_))
        }),
        (Reply::Bytes(b"rubbish".to_vec()), |error| {
            matches!(error, ServiceError::Malformed(_))
        }),
        (Reply::Close, |error| {
            matches!(error, ServiceError::Unavailable(_))
        }),
    ];
    for (reply, expected) in cases {
        let server = first([reply]);
        contract::service_fails(&service(&server), request(&[1.0]), expected);
    }

    let server = first([]);
    let misfit = builder_for_text(&server);
    let text = Request::new("b1f0", "text".to_owned());
    contract::service_fails(&misfit, text, |error| {
        matches!(error, ServiceError::Rejected(_))
    });
}

fn builder_for_text(server: &ScriptedServer) -> creel_http_client::HttpService {
    let numeric = OpenInference::new("sum").with_datatype(creel_protocols::oip::Datatype::Fp64);
    asked_at(server.url(), numeric)
        .build()
        .expect("the server has a URL")
}

#[test]
fn a_dead_server_is_told_in_words_that_keep_the_rules() {
    let server = first([]);
    let service = builder(&server).build().expect("the server has a URL");
    server.die();
    contract::service_fails(&service, request(&[1.0]), |error| {
        matches!(error, ServiceError::Unavailable(_))
    });
}
