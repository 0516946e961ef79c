use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use creel_dashboard::{Dashboard, Health, Settings};

use crate::client::{Client, events, get};
use crate::run::{settings, start, view};

#[test]
fn a_connection_too_many_is_closed_and_one_that_leaves_makes_room() {
    let settings = Settings {
        connections: 2,
        ..settings()
    };
    let (_dashboard, address) = start(settings);
    let (first, _) = events(address);
    let (second, _) = events(address);
    let mut third = Client::connect(address);
    assert_eq!(third.line(), "", "closed without a word");
    drop((first, second));
    while get(address, "/", "Connection: close\r\n").status != 200 {}
}

#[test]
fn a_page_too_many_is_told_to_come_later() {
    let settings = Settings {
        pages: 1,
        ..settings()
    };
    let (_dashboard, address) = start(settings);
    let (_first, _) = events(address);
    let second = get(address, "/events", "");
    assert_eq!(
        (second.status, second.header("retry-after")),
        (503, Some("5"))
    );
    assert_eq!(get(address, "/", "").status, 200);
}

#[test]
fn whoever_does_not_finish_a_request_is_cut_off() {
    let settings = Settings {
        patience: Duration::from_millis(50),
        ..settings()
    };
    let (_dashboard, address) = start(settings);
    for begun in ["", "GET / HTTP/1.1\r\nHost: local", "GET / HT"] {
        let mut client = Client::connect(address);
        client.send(begun);
        assert_eq!(client.response().status, 0, "{begun}");
    }
}

#[test]
fn whoever_does_not_read_is_dropped_and_keeps_nobody_waiting() {
    let (looked, looks) = mpsc::channel();
    let settings = Settings {
        patience: Duration::from_millis(200),
        ..settings()
    };
    let large = "large ".repeat(200_000);
    let dashboard = Dashboard::start(settings, move || {
        let _ = looked.send(());
        let mut view = view(Health::Live);
        view.title.clone_from(&large);
        view
    })
    .unwrap();
    let address = dashboard.local_addr();
    let idle: Vec<_> = (0..8).map(|_| events(address)).collect();
    assert!(idle.iter().all(|(_, head)| head == "HTTP/1.1 200 OK"));
    let (mut reader, _) = events(address);
    let reader = thread::spawn(move || {
        let mut count = 0;
        while reader.event().is_some() {
            count += 1;
        }
        count
    });
    let is_alone = || {
        let metrics = get(address, "/metrics", "").text();
        metrics.contains("\ncreel_dashboard_pages 1\n")
    };
    while !is_alone() {
        looks.recv().unwrap();
    }
    // Some more turns pass, in which who reads is told on.
    for _ in 0..5 {
        looks.recv().unwrap();
    }
    assert!(is_alone());
    drop(dashboard);
    assert!(reader.join().unwrap() > 5);
    drop(idle);
}
