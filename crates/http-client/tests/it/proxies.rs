use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use creel_core::port::ServiceError;
use creel_protocols::Raw;
use creel_testkit::http::ScriptedServer;

use super::asking::{answered, asked_at, call, described, request, sum};

/// A proxy that connects whatever is asked with one server; it ends when it was asked so many times.
struct Tunnel {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Tunnel {
    fn start(target: SocketAddr, reply: &'static str, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let thread = thread::spawn(move || {
            for _ in 0..times {
                let (mut client, _) = listener.accept().unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    client.read_exact(&mut byte).unwrap();
                    head.push(byte[0]);
                }
                seen.lock().unwrap().push(String::from_utf8(head).unwrap());
                client.write_all(reply.as_bytes()).unwrap();
                if reply.contains(" 200 ") {
                    pump(client, TcpStream::connect(target).unwrap());
                }
            }
        });
        Self {
            address,
            heads,
            thread,
        }
    }
}

/// Passes on what either side says, until the client goes.
fn pump(client: TcpStream, server: TcpStream) {
    let (mut from_server, mut to_client) =
        (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let (mut client, mut server) = (client, server);
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
    back.join().unwrap();
}

#[test]
fn requests_go_through_the_proxy_and_the_proxy_gets_its_password() {
    let server = ScriptedServer::answering(sum);
    let proxy = Tunnel::start(server.address(), "HTTP/1.1 200 OK\r\n\r\n", 1);
    // A host that only the proxy knows.
    let service = asked_at(
        "http://model.invalid:8000",
        creel_protocols::OpenInference::new("sum"),
    )
    .proxy(&format!("http://name:pass@{}", proxy.address))
    .build()
    .unwrap();
    for number in [1.0, 2.0] {
        let answer = call(&service, request(&[number])).unwrap();
        assert_eq!(answered(&answer), Some(number));
    }
    drop(service);
    proxy.thread.join().unwrap();
    let heads = proxy.heads.lock().unwrap();
    assert_eq!(heads.len(), 1, "the connection is kept");
    let head = heads[0].to_ascii_lowercase();
    assert!(
        head.starts_with("connect model.invalid:8000 http/1.1\r\n"),
        "{head}"
    );
    assert!(heads[0].contains("Basic bmFtZTpwYXNz"), "{heads:?}");
    let host = server.received()[0].header("host").map(str::to_owned);
    assert_eq!(host.as_deref(), Some("model.invalid:8000"));
}

#[test]
fn a_proxy_that_refuses_is_told() {
    let nobody = "127.0.0.1:9".parse().unwrap();
    let proxy = Tunnel::start(nobody, "HTTP/1.1 407 Who are you?\r\n\r\n", 1);
    let service = asked_at("http://model.invalid:8000", Raw)
        .proxy(&format!("http://{}", proxy.address))
        .build()
        .unwrap();
    let text = creel_protocols::Request::new("1", "text".to_owned());
    let error = call(&service, text).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    let words = described(&error).to_lowercase();
    assert!(words.contains("proxy"), "{words}");
    proxy.thread.join().unwrap();
}

#[test]
fn a_server_of_this_machine_is_reached_without_the_proxy() {
    let server = ScriptedServer::answering(sum);
    let service = super::asking::builder(&server)
        .proxy("http://127.0.0.1:9")
        .build()
        .unwrap();
    call(&service, request(&[1.0])).unwrap();
}
