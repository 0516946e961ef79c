//! reqwest's asynchronous client, on tokio.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::header::CONTENT_TYPE;
use tokio::runtime::{self, Runtime};

use super::{MEDIA_TYPE, Turns, check, picture, url};
use crate::client::{AT_ONCE, Client};

/// On a runtime with a thread for each core.
pub(crate) struct Reqwest {
    runtime: Runtime,
    client: reqwest::Client,
    url: String,
}

/// As many as there are cores.
const THREADS: usize = 2;

impl Client for Reqwest {
    fn start(server: SocketAddr) -> Self {
        let mut builder = runtime::Builder::new_multi_thread();
        builder.worker_threads(THREADS).enable_all();
        let client = reqwest::Client::builder().no_proxy().build();
        Self {
            runtime: builder.build().expect("threads can be had"),
            client: client.expect("a client without TLS"),
            url: url(server),
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
                            let request = client.post(&url).header(CONTENT_TYPE, MEDIA_TYPE);
                            let reply = request.body(picture()).send().await;
                            let body = reply.expect("the server answers").bytes().await;
                            check(&body.expect("the reply is whole"));
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
