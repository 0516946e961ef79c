//! A run that stands still.

use std::net::SocketAddr;
use std::time::Duration;

use creel_dashboard::{Dashboard, Health, Ledger, Settings, Source, Term, View};

/// A page at a free port of this machine.
pub(crate) fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        sources: vec!["front".into()],
        picture_interval: Duration::from_millis(10),
        ..Settings::default()
    }
}

/// Serves it with those settings.
pub(crate) fn start(settings: Settings) -> (Dashboard, SocketAddr) {
    let dashboard = Dashboard::start(settings, || view(Health::Live)).unwrap();
    let address = dashboard.local_addr();
    (dashboard, address)
}

/// A run of one camera.
pub(crate) fn view(health: Health) -> View {
    let ledger = Ledger {
        came: vec![Term::of("captured", 7)],
        went: vec![Term::of("answered", 5), Term::at("in_flight", 2)],
    };
    View {
        title: "front to qr".into(),
        noun: "frame",
        ledger: ledger.clone(),
        sources: vec![Source {
            name: "front".into(),
            health,
            ledger,
            lost: 0,
            disconnections: 0,
        }],
        ..View::default()
    }
}
