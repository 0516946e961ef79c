//! The clients of HTTP, a file each, and what they say to the server.

mod creel;
mod hyper;
mod reqwest;
mod sockets;
mod ureq;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use bytes::Bytes;
use serde_json::Value;

use crate::client::AT_ONCE;

pub(crate) use creel::{Creel, CreelAsync};
pub(crate) use hyper::{Hyper, HyperOnOneThread};
pub(crate) use reqwest::Reqwest;
pub(crate) use sockets::Sockets;
pub(crate) use ureq::Ureq;

/// What is posted: as large as a small picture.
static PICTURE: [u8; 4096] = [0x5a; 4096];
/// Of which media type.
const MEDIA_TYPE: &str = "image/jpeg";

/// Where pictures are posted to.
fn url(server: SocketAddr) -> String {
    format!("http://{server}/predict")
}

/// The picture, without a copy.
fn picture() -> Bytes {
    Bytes::from_static(&PICTURE)
}

/// Reads a reply as whoever asked a model would.
fn check(reply: &[u8]) {
    let reply: Value = serde_json::from_slice(reply).expect("a reply in JSON");
    assert_eq!(reply["label"], "dog");
}

/// So many turns, taken by whoever comes.
struct Turns {
    next: AtomicU64,
    count: u64,
}

impl Turns {
    fn new(count: u64) -> Self {
        Self {
            next: AtomicU64::new(0),
            count,
        }
    }

    /// Whether there was another one.
    fn take(&self) -> bool {
        self.next.fetch_add(1, Ordering::Relaxed) < self.count
    }
}

/// Takes so many turns on as many threads as there are requests at once; each makes for itself what it works with.
fn on_threads<T>(count: u64, make: impl Fn() -> T + Sync, turn: impl Fn(&mut T) + Sync) {
    let turns = Turns::new(count);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut tool = make();
                while turns.take() {
                    turn(&mut tool);
                }
            });
        }
    });
}
