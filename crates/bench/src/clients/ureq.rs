//! ureq, on threads, without time limits.

use std::net::SocketAddr;

use ureq::Agent;

use super::{MEDIA_TYPE, PICTURE, check, on_threads, url};
use crate::client::{AT_ONCE, Client};

/// One agent, which all threads share.
pub(crate) struct Ureq {
    agent: Agent,
    url: String,
}

impl Client for Ureq {
    fn start(server: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .max_idle_connections(AT_ONCE)
            .max_idle_connections_per_host(AT_ONCE);
        Self {
            agent: config.build().into(),
            url: url(server),
        }
    }

    fn post(&self, count: u64) {
        on_threads(
            count,
            || (),
            |()| {
                let request = self.agent.post(&self.url).content_type(MEDIA_TYPE);
                let mut reply = request.send(&PICTURE[..]).expect("the server answers");
                let body = reply.body_mut().read_to_vec();
                check(&body.expect("the reply is whole"));
            },
        );
    }
}
