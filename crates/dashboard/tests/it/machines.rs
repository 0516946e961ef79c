use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_dashboard::{Dashboard, Health, View};

use crate::client::get;
use crate::run::{settings, start, view};

#[track_caller]
fn check(view: View, status: u16, text: &str) {
    let dashboard = Dashboard::start(settings(), move || view.clone()).unwrap();
    let response = get(dashboard.local_addr(), "/healthz", "");
    assert_eq!((response.status, &*response.text()), (status, text));
}

#[test]
fn health_is_well_while_every_camera_lives() {
    for health in [Health::Live, Health::Opening, Health::Ended] {
        check(view(health), 200, "ok\n");
    }
}

#[test]
fn health_names_the_camera_that_is_dead() {
    let since = Duration::from_secs(12);
    check(view(Health::Gone), 503, "front: gone\n");
    check(
        view(Health::Stalled { since }),
        503,
        "front: stalled for 12.0 s\n",
    );
    let reconnecting = Health::Reconnecting { since, attempts: 4 };
    check(
        view(reconnecting),
        503,
        "front: reconnecting for 12.0 s, attempt 4\n",
    );
}

#[test]
fn health_says_when_the_ledger_does_not_add_up() {
    let mut view = view(Health::Live);
    view.ledger.came[0].count += 1;
    check(view, 503, "the ledger does not add up\n");
}

#[test]
fn metrics_are_served_in_the_form_that_prometheus_asks_for() {
    let (_dashboard, address) = start(settings());
    let response = get(address, "/metrics", "");
    let form = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(response.header("content-type"), Some(form));
    let text = response.text();
    assert!(
        text.contains("\ncreel_items_answered_total{source=\"front\"} 5\n"),
        "{text}"
    );
    assert!(
        text.contains("\ncreel_source_up{source=\"front\"} 1\n"),
        "{text}"
    );
}

#[test]
fn the_state_is_served_once_as_json() {
    let (_dashboard, address) = start(settings());
    let state: serde_json::Value =
        serde_json::from_str(&get(address, "/state", "").text()).unwrap();
    assert_eq!(state["sources"][0]["health"]["word"], "live");
    assert_eq!(state["ledger"]["adds_up"], true);
}

#[test]
fn however_many_ask_the_run_is_looked_at_seldom() {
    let looks = Arc::new(Mutex::new(0));
    let dashboard = Dashboard::start(settings(), {
        let looks = Arc::clone(&looks);
        move || {
            *looks.lock().unwrap() += 1;
            view(Health::Live)
        }
    })
    .unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..200 {
        assert_eq!(get(dashboard.local_addr(), "/healthz", "").status, 200);
    }
    let most = begun.elapsed().as_millis() / 50 + 2;
    assert!(u128::from(*looks.lock().unwrap() as u64) <= most);
}
