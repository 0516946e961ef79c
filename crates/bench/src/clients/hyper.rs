//! hyper with the pool of hyper-util, on tokio.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Uri};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::{self, Runtime};

use super::{MEDIA_TYPE, Turns, check, picture, url};
use crate::client::{AT_ONCE, Client};

/// On a runtime with a thread for each core, which is what tokio makes of itself.
pub(crate) struct Hyper(OnTokio);

/// On the thread that waits for it all.
pub(crate) struct HyperOnOneThread(OnTokio);

struct OnTokio {
    runtime: Runtime,
    client: legacy::Client<HttpConnector, Full<Bytes>>,
    url: Uri,
}

/// As many as there are cores.
const THREADS: usize = 2;

impl Client for Hyper {
    fn start(server: SocketAddr) -> Self {
        let mut builder = runtime::Builder::new_multi_thread();
        builder.worker_threads(THREADS);
        Self(OnTokio::new(builder, server))
    }

    fn post(&self, count: u64) {
        self.0.post(count);
    }
}

impl Client for HyperOnOneThread {
    fn start(server: SocketAddr) -> Self {
        Self(OnTokio::new(runtime::Builder::new_current_thread(), server))
    }

    fn post(&self, count: u64) {
        self.0.post(count);
    }
}

impl OnTokio {
    fn new(mut builder: runtime::Builder, server: SocketAddr) -> Self {
        let runtime = builder.enable_all().build().expect("threads can be had");
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self {
            runtime,
            client,
            url: url(server).parse().expect("a URL"),
        }
    }

    fn post(&self, count: u64) {
        let turns = Arc::new(Turns::new(count));
        self.runtime.block_on(async {
            let lines: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    let turns = Arc::clone(&turns);
                    let (client, url) = (self.client.clone(), self.url.clone());
                    tokio::spawn(async move {
                        while turns.take() {
                            let request = Request::post(url.clone())
                                .header(CONTENT_TYPE, MEDIA_TYPE)
                                .body(Full::new(picture()))
                                .expect("a request");
                            let reply = client.request(request).await;
                            let body = reply.expect("the server answers").into_body();
                            let body = body.collect().await.expect("the reply is whole");
                            check(&body.to_bytes());
                        }
                    })
                })
                .collect();
            for line in lines {
                line.await.expect("the server answers");
            }
        });
    }
}
