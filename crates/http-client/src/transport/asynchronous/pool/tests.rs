use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::runtime;

use super::super::watched::Watched;
use super::*;

const URL: &str = "http://somewhere/";

fn play<F: Future>(scene: F) -> F::Output {
    let runtime = runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(scene)
}

/// A connection, and the server's end of it.
async fn connected() -> (Connection, DuplexStream) {
    let (ours, theirs) = duplex(1024);
    let (stream, watch) = Watched::new(ours);
    let (sender, life) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    (Connection::new(sender, Box::pin(life), watch), theirs)
}

fn request() -> Request<Full<Bytes>> {
    Request::new(Full::new(Bytes::new()))
}

async fn answer(mut server: DuplexStream) -> DuplexStream {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(server.read_u8().await.unwrap());
    }
    let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    server.write_all(reply).await.unwrap();
    server
}

#[test]
fn a_connection_that_closes_after_it_was_taken_has_met_nobody() {
    play(async {
        let (mut connection, server) = connected().await;
        let answered = tokio::spawn(answer(server));
        drop(connection.send(request()).await.unwrap());
        let server = answered.await.unwrap();
        let pool = Pool::new(1);
        pool.give_back(connection, Instant::now());

        let mut connection = pool.idle().unwrap();
        drop(server);
        let error = connection.send(request()).await.unwrap_err();
        assert!(matches!(
            connection.failure(URL.to_owned(), error),
            Failure::MetClosedConnection
        ));
    });
}

#[test]
fn a_connection_that_closes_before_its_first_request_is_an_error() {
    play(async {
        let (mut connection, server) = connected().await;
        drop(server);
        let error = connection.send(request()).await.unwrap_err();
        assert!(matches!(
            connection.failure(URL.to_owned(), error),
            Failure::Of(ExchangeError::Closed { .. })
        ));
    });
}

#[test]
fn a_connection_that_closes_while_it_is_idle_is_not_used() {
    play(async {
        let (mut connection, server) = connected().await;
        let answered = tokio::spawn(answer(server));
        drop(connection.send(request()).await.unwrap());
        let pool = Pool::new(1);
        pool.give_back(connection, Instant::now());
        drop(answered.await.unwrap());
        assert!(pool.idle().is_none());
    });
}
