use std::io::{Read, Write};
use std::net::TcpStream;

use creel_testkit::http::{Reply, ScriptedServer};

const POST: &[u8] = b"POST /a?b HTTP/1.1\r\nContent-Length: 4\r\nX-Id: 7\r\n\r\nbody";

fn connected(server: &ScriptedServer) -> TcpStream {
    TcpStream::connect(server.address()).expect("the server listens")
}

/// Sends one request and reads until the server closes the connection; a broken one says nothing more.
fn said(mut client: &TcpStream) -> String {
    let mut said = Vec::new();
    if client.write_all(POST).is_ok() {
        let _ = client.read_to_end(&mut said);
    }
    String::from_utf8(said).expect("the replies are text")
}

#[test]
fn requests_are_kept_as_they_came() {
    let server = ScriptedServer::start([Reply::text(200, "1"), Reply::text(200, "2").then_close()]);
    let client = connected(&server);
    (&client).write_all(&POST[..9]).unwrap();
    (&client).write_all(&POST[9..]).unwrap();
    let said = said(&client);
    assert!(said.contains("\r\n\r\n1HTTP/1.1 200"), "{said}");
    assert!(said.ends_with("\r\n\r\n2"), "{said}");

    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
    assert_eq!(received[0].method, "POST");
    assert_eq!(received[0].path, "/a?b");
    assert_eq!(received[0].header("x-id"), Some("7"));
    assert_eq!(received[0].body, b"body");
    assert_eq!(server.connection_count(), 1);
}

#[test]
fn a_torn_reply_ends_before_its_end() {
    let server = ScriptedServer::start([Reply::torn(200, "abc")]);
    let said = said(&connected(&server));
    assert!(said.contains("Content-Length: 3"), "{said}");
    assert!(said.ends_with("\r\n\r\nab"), "{said}");
}

#[test]
fn the_script_sees_each_request() {
    let server = ScriptedServer::answering(|request| {
        Reply::json(201, request.body.clone())
            .with_header("X-Path", &request.path)
            .then_close()
    });
    let said = said(&connected(&server));
    assert!(said.starts_with("HTTP/1.1 201 "), "{said}");
    assert!(said.contains("X-Path: /a?b\r\n"), "{said}");
    assert!(said.ends_with("\r\n\r\nbody"), "{said}");
}

#[test]
fn one_connection_that_hangs_holds_up_no_other() {
    let server = ScriptedServer::start([Reply::Hang, Reply::Close]);
    let hanging = connected(&server);
    (&hanging).write_all(POST).unwrap();
    server.wait_for_requests(1);
    assert_eq!(said(&connected(&server)), "");
    let connections: Vec<usize> = server
        .received()
        .iter()
        .map(|request| request.connection)
        .collect();
    assert_eq!(connections, [0, 1]);
    drop(server);
    let mut rest = Vec::new();
    let _ = (&hanging).read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[test]
fn nobody_can_connect_to_a_dead_server() {
    let server = ScriptedServer::start([]);
    let idle = connected(&server);
    assert_eq!(said(&connected(&server)), "");
    assert!(TcpStream::connect(server.address()).is_err());
    assert_eq!(said(&idle), "");
}
