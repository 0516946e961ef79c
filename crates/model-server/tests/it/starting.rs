//! How a server starts and stops.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use creel_model_server::{ModelServer, Settings, StartError};
use serde_json::json;

use crate::client::{get, post};
use crate::gate;

#[test]
fn a_port_that_is_taken_is_told_with_its_address() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = taken.local_addr().unwrap();
    let error = ModelServer::start(Settings {
        listen,
        ..Settings::default()
    })
    .err()
    .unwrap();
    assert!(matches!(error, StartError::AddressInUse { address } if address == listen));
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[test]
fn an_address_of_another_machine_is_told_with_its_cause() {
    // Set aside for documentation: no machine has it.
    let listen = SocketAddr::from(([192, 0, 2, 1], 80));
    let error = ModelServer::start(Settings {
        listen,
        ..Settings::default()
    })
    .err()
    .unwrap();
    assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:80");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_server_on_all_addresses_tells_one_that_can_be_asked() {
    let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let server = ModelServer::start(Settings {
        listen,
        ..Settings::default()
    })
    .unwrap();
    assert_eq!(
        server.url(),
        format!("http://127.0.0.1:{}", server.local_addr().port())
    );
    assert_eq!(get(&(server.url() + "/v2/health/live")).status, 200);
}

#[test]
fn a_server_that_is_stopped_answers_what_is_in_flight_and_takes_nothing_more() {
    let (server, keeper) = gate::serve(Settings {
        workers: 1,
        ..Settings::default()
    });
    let address = server.local_addr();
    let url = server.url() + "/predict/gate";
    // A connection that sends nothing: the server closes it when it stops.
    let mut idle = TcpStream::connect(address).unwrap();
    let in_flight = {
        let url = url.clone();
        thread::spawn(move || post(&url, "text/plain", b"in flight"))
    };
    keeper.begins.recv().unwrap();
    let stopping = thread::spawn(move || server.stop());
    assert_eq!(idle.read(&mut [0]).unwrap(), 0, "closed by the server");
    keeper.open();
    assert_eq!(
        in_flight.join().unwrap().json(),
        json!({ "text": ["in flight"] })
    );
    stopping.join().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_client_is_cut_off_when_the_grace_is_over_and_the_model_is_waited_for() {
    let (server, keeper) = gate::serve(Settings {
        grace: Duration::ZERO,
        ..Settings::default()
    });
    let mut connection = TcpStream::connect(server.local_addr()).unwrap();
    let request = "POST /predict/gate HTTP/1.1\r\nHost: creel\r\nContent-Type: text/plain\r\n\
                   Content-Length: 4\r\n\r\nlate";
    connection.write_all(request.as_bytes()).unwrap();
    keeper.begins.recv().unwrap();
    let stopping = thread::spawn(move || server.stop());
    // Nothing but the end, or a reset.
    assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0);
    assert!(!stopping.is_finished(), "the model still runs");
    keeper.open();
    stopping.join().unwrap();
}

#[test]
fn a_server_that_is_dropped_stops() {
    let server = ModelServer::start(Settings::default()).unwrap();
    let address = server.local_addr();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_server_can_be_started_and_stopped_inside_an_async_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (stopped, stops) = mpsc::channel();
    runtime.block_on(async move {
        let server = ModelServer::start(Settings::default()).unwrap();
        server.stop();
        stopped.send(()).unwrap();
    });
    stops.recv().unwrap();
}
