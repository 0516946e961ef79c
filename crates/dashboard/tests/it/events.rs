use std::sync::mpsc;

use creel_dashboard::{Dashboard, Health};
use serde_json::Value;

use crate::client::events;
use crate::run::{settings, start, view};

#[test]
fn a_page_is_told_where_the_run_stands_again_and_again() {
    let (_dashboard, address) = start(settings());
    let (mut client, head) = events(address);
    assert_eq!(head, "HTTP/1.1 200 OK");
    let (name, history) = client.event().unwrap();
    assert_eq!((&*name, &*history), ("history", "[]"));
    let mut names = Vec::new();
    for _ in 0..20 {
        let (name, data) = client.event().unwrap();
        let data: Value = serde_json::from_str(&data).unwrap();
        match &*name {
            "state" => assert_eq!(data["ledger"]["came"][0]["count"], 7),
            "pictures" => assert!(data["easels"][0]["shown"].is_null()),
            other => panic!("{other}"),
        }
        names.push(name);
    }
    assert!(
        names.iter().filter(|name| *name == "state").count() > 2,
        "{names:?}"
    );
}

#[test]
fn a_page_hears_that_the_run_is_over_after_a_last_look_at_it() {
    let (looked, looks) = mpsc::channel();
    let dashboard = Dashboard::start(settings(), move || {
        let _ = looked.send(());
        view(Health::Ended)
    })
    .unwrap();
    let (mut client, _) = events(dashboard.local_addr());
    client.event().unwrap();
    drop(dashboard);
    assert!(looks.iter().count() >= 2, "the look is gone with the page");
    let mut all = Vec::new();
    while let Some((name, _)) = client.event() {
        all.push(name);
    }
    assert_eq!(all.last().map(String::as_str), Some("end"));
    assert_eq!(&all[all.len() - 3..][0], "state", "{all:?}");
}

#[test]
fn pages_that_leave_are_not_counted_any_more() {
    let (looked, looks) = mpsc::channel();
    let dashboard = Dashboard::start(settings(), move || {
        let _ = looked.send(());
        view(Health::Live)
    })
    .unwrap();
    let address = dashboard.local_addr();
    let pages = |count: usize| {
        let metrics = crate::client::get(address, "/metrics", "").text();
        metrics.contains(&format!("\ncreel_dashboard_pages {count}\n"))
    };
    let clients: Vec<_> = (0..5).map(|_| events(address)).collect();
    assert!(pages(5));
    drop(clients);
    while !pages(0) {
        looks.recv().unwrap();
    }
}
