#![cfg(feature = "tls")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use creel_core::port::ServiceError;
use creel_http_client::BuildError;
use creel_protocols::Raw;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::asking::{asked_at, call, described};

/// A server with a certificate of its own for `localhost`, for one connection and one request.
fn server() -> (String, String, JoinHandle<()>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\ntext") {
            let mut byte = [0];
            // A client that does not trust it goes away.
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Type: application/json\r\n\r\n\
            {\"a\":1}";
        stream.write_all(reply.as_bytes()).unwrap();
    });
    (url, cert.pem(), thread)
}

fn text() -> creel_protocols::Request {
    creel_protocols::Request::new("1", "text".to_owned())
}

#[test]
fn a_server_whose_authority_was_named_is_trusted() {
    let (url, pem, thread) = server();
    let service = asked_at(url, Raw)
        .authorities(pem.as_bytes())
        .build()
        .unwrap();
    call(&service, text()).unwrap();
    thread.join().unwrap();
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_trusted() {
    let (url, _, thread) = server();
    let service = asked_at(url, Raw).build().unwrap();
    let error = call(&service, text()).unwrap_err();
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    let words = described(&error);
    assert!(words.contains("certificate"), "{words}");
    thread.join().unwrap();
}

#[test]
fn a_file_without_certificates_is_told() {
    for pem in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
    ] {
        let error = asked_at("https://localhost", Raw)
            .authorities(pem.as_bytes())
            .build()
            .unwrap_err();
        assert!(matches!(error, BuildError::Authorities { .. }), "{error:?}");
    }
}
