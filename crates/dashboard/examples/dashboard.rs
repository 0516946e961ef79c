//! A page of a run that only counts, without a pool or a camera.
//!
//! With an argument it goes on until it is killed: `cargo run --example dashboard -- 127.0.0.1:8080`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::time::Instant;

use creel_dashboard::{Dashboard, Health, Ledger, Settings, Source, Term, View};

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1);
    let goes_on = address.is_some();
    let settings = Settings {
        listen: address.as_deref().unwrap_or("127.0.0.1:0").parse()?,
        sources: vec!["counter".into()],
        ..Settings::default()
    };
    let start = Instant::now();
    let dashboard = Dashboard::start(settings, move || {
        let elapsed = start.elapsed();
        let count = elapsed.as_millis() as u64 / 10;
        let ledger = Ledger {
            came: vec![Term::of("captured", count)],
            went: vec![Term::of("answered", count)],
        };
        View {
            title: "counting".to_owned(),
            noun: "number",
            elapsed,
            ledger: ledger.clone(),
            sources: vec![Source {
                name: "counter".into(),
                health: Health::Live,
                ledger,
                lost: 0,
                disconnections: 0,
            }],
            ..View::default()
        }
    })?;
    println!("{}", dashboard.url());
    if goes_on {
        std::thread::park();
    }
    Ok(())
}
