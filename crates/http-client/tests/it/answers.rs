use std::collections::HashSet;

use creel_http_client::random_id;
use creel_protocols::{Image, Payload, Raw, Request};
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{answered, asked_at, call, first, request, service};

#[test]
fn a_request_is_sent_as_the_protocol_says() {
    let server = first([]);
    let answer = call(&service(&server), request(&[1.0, 2.5])).unwrap();
    assert_eq!(answered(&answer), Some(3.5));

    let received = &server.received()[0];
    assert_eq!(received.method, "POST");
    assert_eq!(received.path, "/v2/models/sum/infer");
    assert_eq!(received.header("content-type"), Some("application/json"));
    let length = received.body.len().to_string();
    assert_eq!(received.header("content-length"), Some(length.as_str()));
    assert_eq!(
        received.header("host"),
        Some(server.address().to_string().as_str())
    );
}

#[test]
fn a_picture_is_posted_as_it_is() {
    // Larger than any buffer on the way.
    let picture: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let server = ScriptedServer::start([Reply::json(200, r#"{"label": "dog"}"#)]);
    let url = format!("{}/detect?size=9", server.url());
    let service = asked_at(url, Raw).build().unwrap();

    let payload = Payload::Image(Image::jpeg(picture.clone()));
    let answer = call(&service, Request::new("b1f0", payload)).unwrap();
    assert_eq!(answer.outputs["label"], "dog");
    let received = &server.received()[0];
    assert_eq!(received.path, "/detect?size=9");
    assert_eq!(received.header("content-type"), Some("image/jpeg"));
    assert!(received.body == picture);
}

#[test]
fn a_chunked_reply_is_read_whole() {
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n\
        3\r\nHun\r\n1\r\nd\r\n0\r\n\r\n";
    let server = ScriptedServer::start([Reply::Bytes(chunked.into())]);
    let service = asked_at(server.url(), Raw).build().unwrap();
    let answer = call(&service, Request::new("b1f0", "dog".to_owned())).unwrap();
    assert_eq!(answer.outputs["reply"], "Hund");
}

#[test]
fn a_reply_without_a_length_ends_with_the_connection() {
    let unbounded = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nHund";
    let server = ScriptedServer::start([Reply::Bytes(unbounded.into())]);
    let service = asked_at(server.url(), Raw).build().unwrap();
    let answer = call(&service, Request::new("b1f0", "dog".to_owned())).unwrap();
    assert_eq!(answer.outputs["reply"], "Hund");
}

#[test]
fn random_ids_differ() {
    let ids: HashSet<String> = (0..1000).map(|_| random_id()).collect();
    assert_eq!(ids.len(), 1000);
    assert!(ids.iter().all(|id| id.len() == 32));
    for place in 0..32 {
        let digits: HashSet<u8> = ids.iter().map(|id| id.as_bytes()[place]).collect();
        assert_eq!(digits, b"0123456789abcdef".iter().copied().collect());
    }
}
