//! Creel's own client, behind both of its transports.

use std::net::SocketAddr;
use std::sync::Arc;

use creel_core::{Context, Service};
use creel_http_client::{HttpService, HttpServiceBuilder, random_id};
use creel_protocols::{Image, Raw, Request};
use creel_runtime::{Builder, ThreadPool};

use super::{MEDIA_TYPE, Turns, picture, url};
use crate::client::{AT_ONCE, Client};

/// Calls that block, with a worker for each.
pub(crate) struct Creel {
    pool: ThreadPool,
    service: Arc<HttpService>,
}

/// Calls that suspend, on a few workers, of which one watches the sockets when it is idle.
pub(crate) struct CreelAsync {
    pool: ThreadPool,
    service: Arc<HttpService>,
}

/// As many as there are cores.
const ASYNC_WORKERS: usize = 2;

impl Client for Creel {
    fn start(server: SocketAddr) -> Self {
        Self {
            pool: pool(AT_ONCE, |builder| builder),
            service: service(server, |builder| builder),
        }
    }

    fn post(&self, count: u64) {
        post(&self.pool, &self.service, count);
    }
}

impl Client for CreelAsync {
    fn start(server: SocketAddr) -> Self {
        let service = service(server, HttpServiceBuilder::asynchronous);
        let lookout = service.lookout().expect("its calls suspend");
        Self {
            pool: pool(ASYNC_WORKERS, |builder| builder.lookout(lookout)),
            service,
        }
    }

    fn post(&self, count: u64) {
        post(&self.pool, &self.service, count);
    }
}

/// A task for each request at once, which sends one after the other: it blocks its worker, or suspends, as the transport does.
fn post(pool: &ThreadPool, service: &Arc<HttpService>, count: u64) {
    let turns = Arc::new(Turns::new(count));
    let lines: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (service, turns) = (Arc::clone(service), Arc::clone(&turns));
            let spawned = pool.spawn(async move {
                while turns.take() {
                    ask(&service).await;
                }
            });
            let Ok(line) = spawned else {
                unreachable!("the pool is open")
            };
            line
        })
        .collect();
    for line in lines {
        line.result().expect("the server answers");
    }
}

fn pool(workers: usize, more: impl FnOnce(Builder) -> Builder) -> ThreadPool {
    let builder = ThreadPool::builder()
        .min_workers(workers)
        .max_workers(workers);
    more(builder).build().expect("the settings are in range")
}

fn service(
    server: SocketAddr,
    transport: impl FnOnce(HttpServiceBuilder) -> HttpServiceBuilder,
) -> Arc<HttpService> {
    let builder = HttpService::builder(url(server), Raw).idle_connections_max(AT_ONCE);
    Arc::new(transport(builder).build().expect("the URL is one"))
}

async fn ask(service: &HttpService) {
    let picture = Image {
        media_type: MEDIA_TYPE.to_owned(),
        bytes: picture(),
    };
    let request = Request::new(random_id(), picture);
    let answer = service.call(request, &Context::new()).await;
    assert_eq!(answer.expect("the server answers").outputs["label"], "dog");
}
