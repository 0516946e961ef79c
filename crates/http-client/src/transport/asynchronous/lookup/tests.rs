use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::{Context, Waker};

use super::*;

#[test]
fn no_more_are_asked_at_once_than_there_are_places() {
    let lookups = Lookups::at_most(1);
    let (release, released) = mpsc::channel::<()>();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut task = Context::from_waker(Waker::noop());

    let over = Arc::clone(&is_over);
    let mut first = pin!(lookups.ask(move || {
        released.recv().unwrap();
        over.store(true, Ordering::SeqCst);
    }));
    assert!(first.as_mut().poll(&mut task).is_pending());
    assert_eq!(lookups.places.available_permits(), 0);
    let mut second = pin!(lookups.ask(move || is_over.load(Ordering::SeqCst)));
    assert!(second.as_mut().poll(&mut task).is_pending());

    release.send(()).unwrap();
    assert!(pollster::block_on(second).unwrap());
    pollster::block_on(first).unwrap();
    assert_eq!(lookups.places.available_permits(), 1);
}

#[test]
fn a_question_has_its_place_until_it_is_answered_whoever_waits() {
    let lookups = Lookups::at_most(1);
    let (release, released) = mpsc::channel::<()>();
    let mut task = Context::from_waker(Waker::noop());
    {
        let mut given_up = pin!(lookups.ask(move || released.recv().unwrap()));
        assert!(given_up.as_mut().poll(&mut task).is_pending());
    }
    assert_eq!(lookups.places.available_permits(), 0);
    release.send(()).unwrap();
    pollster::block_on(lookups.ask(|| ())).unwrap();
}

#[test]
fn a_question_that_panics_gives_its_place_back_and_is_no_unknown_host() {
    let lookups = Lookups::at_most(1);
    for _ in 0..2 {
        let broken = lookups.ask(|| panic!("a question panics, as the test has it"));
        let error = pollster::block_on(broken).map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "the lookup of the host broke off");
    }
}

#[test]
fn addresses_are_asked_of_nobody_and_names_that_nobody_knows_are_told() {
    let lookups = Lookups::at_most(0);
    let address = pollster::block_on(lookups.addresses("::1", 80)).unwrap();
    assert_eq!(address, ["[::1]:80".parse().unwrap()]);
    let lookups = Lookups::new();
    let unknown = pollster::block_on(lookups.addresses("no host", 80));
    assert!(matches!(unknown, Err(LookupError::UnknownHost)));
}
