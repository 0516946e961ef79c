use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Waker};

use super::*;

fn inference(pending_max: usize) -> Inference {
    let settings = Settings {
        workers: 1,
        pending_max,
        ..Settings::default()
    };
    Inference::new(Catalogue::new(), settings).unwrap()
}

/// Keeps the only worker busy until the returned sender is dropped.
fn occupy(inference: &Inference) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let place = inference.admit().unwrap();
    let work = inference.run(place, move || {
        begun.send(()).unwrap();
        _ = released.recv();
        Ok(())
    });
    // A closure that runs cannot be cancelled: the future may be dropped once the work has begun.
    let mut work = pin!(work);
    assert!(
        work.as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    begins.recv().unwrap();
    release
}

#[test]
fn work_whose_future_is_dropped_is_never_begun_and_gives_its_place_back() {
    let inference = inference(2);
    let release = occupy(&inference);
    let (ran, runs) = mpsc::channel();
    {
        let place = inference.admit().unwrap();
        let mut queued = pin!(inference.run(place, move || {
            ran.send(()).unwrap();
            Ok(())
        }));
        assert!(
            queued
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        assert!(matches!(inference.admit(), Err(Refusal::Busy)));
    }
    assert!(
        inference.admit().is_ok(),
        "the place of the work that was called off"
    );
    drop(release);
    inference.finish();
    assert_eq!(
        runs.recv(),
        Err(mpsc::RecvError),
        "its sender was dropped unused"
    );
}

#[test]
fn work_that_has_begun_keeps_its_place_though_nobody_waits_for_it() {
    let inference = inference(1);
    let release = occupy(&inference);
    assert!(matches!(inference.admit(), Err(Refusal::Busy)));
    drop(release);
    inference.finish();
    assert!(inference.admit().is_ok());
}

#[test]
fn a_server_that_is_finished_takes_no_work() {
    let inference = inference(1);
    inference.finish();
    let place = inference.admit().unwrap();
    let mut late = pin!(inference.run(place, || Ok(())));
    let outcome = late.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(
        outcome,
        std::task::Poll::Ready(Err(Refusal::Stopping))
    ));
}

#[test]
fn a_pool_without_workers_is_not_built() {
    let settings = Settings {
        workers: 0,
        ..Settings::default()
    };
    assert!(Inference::new(Catalogue::new(), settings).is_err());
}
