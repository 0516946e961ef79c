//! W9A and W9B: a picture of 4 KB posted again and again, 64 at once, to a server in another process.

use std::time::Duration;

use crate::client::{AT_ONCE, Client};
use crate::clients::{Creel, CreelAsync, Hyper, HyperOnOneThread, Reqwest, Sockets, Ureq};
use crate::goal::Goal;
use crate::meter::{Effort, Meter};
use crate::responder::Responder;
use crate::summary::{middle, sorted};
use crate::workload::{CREEL, Contestant, LIMIT, Played, Sizes, Unit, Workload};

/// What a request takes of the client's processor.
pub(crate) const AT_ONCE_ANSWERED: Workload = Workload {
    name: "W9A",
    title: "POST 4 KB, 64 at once, the server answers at once",
    unit: Unit::MicrosecondsOfCpu,
    sizes: Sizes {
        full: 40_000,
        quick: 8_000,
    },
    contestants: &[
        Contestant::new(CREEL, cpu::<Creel>),
        Contestant::new(ASYNC, cpu::<CreelAsync>),
        Contestant::new("ureq", cpu::<Ureq>),
        Contestant::new("hyper", cpu::<Hyper>),
        Contestant::new("hyper, one thread", cpu::<HyperOnOneThread>),
        Contestant::new("reqwest", cpu::<Reqwest>),
        Contestant::new(LIMIT, cpu::<Sockets>),
    ],
    goals: &[
        Goal::against(1.05, "ureq"),
        Goal::against(1.15, "hyper").of(ASYNC),
    ],
};

/// How close to the pace of the server they come.
///
/// Each sample has its client and the sockets alone post in turn, to the same server in the same process, and is the middle of the
/// ratios: what comes and goes on the machine meets both.
pub(crate) const SLOWLY_ANSWERED: Workload = Workload {
    name: "W9B",
    title: "POST 4 KB, 64 at once, the server takes 5 ms",
    unit: Unit::TimesTheSockets,
    sizes: Sizes {
        full: 16_000,
        quick: 2_000,
    },
    contestants: &[
        Contestant::new(CREEL, pace::<Creel>),
        Contestant::new(ASYNC, pace::<CreelAsync>),
        Contestant::new("ureq", pace::<Ureq>),
        Contestant::new("hyper", pace::<Hyper>),
        Contestant::new("hyper, one thread", pace::<HyperOnOneThread>),
        Contestant::new("reqwest", pace::<Reqwest>),
        // What is beside 1 here is what the measurement cannot tell.
        Contestant::new(LIMIT, pace::<Sockets>),
    ],
    // 97 % of the sockets' requests in a time.
    goals: &[Goal::at_most(1.031), Goal::at_most(1.031).of(ASYNC)],
};

/// Creel's other transport.
const ASYNC: &str = "creel, async";

fn cpu<C: Client>(requests: u64) -> Played {
    let effort = play::<C>(requests, Duration::ZERO);
    Played {
        value: effort.cpu_seconds * 1e6 / requests as f64,
        operations: requests,
        effort,
    }
}

fn pace<C: Client>(requests: u64) -> Played {
    let server = Responder::start(Duration::from_millis(5)).expect("a server in another process");
    let (client, sockets) = (C::start(server.address()), Sockets::start(server.address()));
    warm(&client);
    warm(&sockets);
    let part = requests / TURNS;
    let turns: Vec<_> = (0..TURNS)
        .map(|_| (measured(&client, part), measured(&sockets, part)))
        .collect();
    let ratios = turns
        .iter()
        .map(|(client, sockets)| client.seconds / sockets.seconds);
    Played {
        value: middle(&sorted(ratios.collect())),
        operations: part * TURNS,
        effort: turns
            .into_iter()
            .map(|(client, _)| client)
            .reduce(Effort::and)
            .expect("there are turns"),
    }
}

/// So often the client and the sockets take turns in a sample.
const TURNS: u64 = 4;

fn play<C: Client>(requests: u64, delay: Duration) -> Effort {
    let server = Responder::start(delay).expect("a server in another process");
    let client = C::start(server.address());
    warm(&client);
    measured(&client, requests)
}

/// Every connection is there, and has been used, before the clock starts.
fn warm(client: &impl Client) {
    client.post(10 * AT_ONCE as u64);
}

fn measured(client: &impl Client, requests: u64) -> Effort {
    let meter = Meter::start();
    client.post(requests);
    meter.stop()
}
