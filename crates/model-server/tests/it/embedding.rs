//! The routes inside another program's own server.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;

use axum::extract::Request;
use axum::middleware::{self, Next};
use creel_model_server::{Inference, Settings};

use crate::client::{get, post};
use crate::gate::gate;

/// Tells that it was dropped.
struct Farewell(Sender<()>);

impl Drop for Farewell {
    fn drop(&mut self) {
        _ = self.0.send(());
    }
}

/// Serves the models under `/models`, and tells when a request there has ended, however it did.
fn serve(inference: &Inference, ended: Sender<()>) -> std::net::SocketAddr {
    let farewell = middleware::from_fn(move |request: Request, next: Next| {
        let farewell = Farewell(ended.clone());
        async move {
            let response = next.run(request).await;
            drop(farewell);
            response
        }
    });
    let app = axum::Router::new()
        .nest("/models", inference.router())
        .layer(farewell);
    let (bound, bounds) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    bounds.recv().unwrap()
}

#[test]
fn the_routes_work_below_another_path() {
    let (catalogue, _) = gate();
    let inference = Inference::new(catalogue, Settings::default()).unwrap();
    let (ended, _ends) = mpsc::channel();
    let address = serve(&inference, ended);
    assert_eq!(
        get(&format!("http://{address}/models/v2/models/gate/ready")).status,
        200
    );
}

#[test]
fn what_a_client_that_left_had_asked_for_is_never_begun() {
    let (catalogue, keeper) = gate();
    let settings = Settings {
        workers: 1,
        ..Settings::default()
    };
    let inference = Inference::new(catalogue, settings).unwrap();
    let (ended, ends) = mpsc::channel();
    let address = serve(&inference, ended);
    let ask = || {
        let mut connection = TcpStream::connect(address).unwrap();
        let request = "POST /models/predict/gate HTTP/1.1\r\nHost: creel\r\nContent-Type: text/plain\r\n\
                       Content-Length: 5\r\n\r\nhello";
        connection.write_all(request.as_bytes()).unwrap();
        connection
    };
    let _first = ask();
    keeper.begins.recv().unwrap();
    let second = ask();
    second.shutdown(Shutdown::Both).unwrap();
    drop(second);
    ends.recv().unwrap();
    assert_eq!(inference.stats().abandoned, 1, "{:?}", inference.stats());
    keeper.open();
    ends.recv().unwrap();
    assert_eq!(inference.stats().answered, 1, "{:?}", inference.stats());
    // The only worker takes requests in turn: had the second been left in the queue, it would have begun by then.
    drop(post(
        &format!("http://{address}/models/predict/gate"),
        "text/plain",
        b"third",
    ));
    assert_eq!(keeper.begins.try_iter().count(), 1);
}
