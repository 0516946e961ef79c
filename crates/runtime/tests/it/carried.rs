//! What a task carries beside its body.

use std::sync::{Arc, mpsc};

use creel_runtime::{ResultError, TaskError, context};

use crate::gate::{Gate, pool_of};

#[test]
fn a_task_shows_the_name_that_it_was_given() {
    let pool = pool_of(1);
    let named = pool.task().name("upload 7").submit(|| ()).unwrap();
    let plain = pool.submit(|| ()).unwrap();
    assert_eq!((named.name(), plain.name()), (Some("upload 7"), None));
}

#[test]
fn a_request_to_stop_reaches_a_child_that_inherits_and_runs() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (running, runs) = mpsc::channel();
    let asked = Gate::closed();
    let seen = asked.clone();
    let parent = pool
        .submit(move || {
            inner
                .task()
                .inherit_cancel()
                .submit(move || {
                    let before = context().is_cancelled();
                    running.send(()).unwrap();
                    seen.pass();
                    (before, context().is_cancelled())
                })
                .unwrap()
                .result()
                .unwrap()
        })
        .unwrap();
    runs.recv().unwrap();
    assert!(!parent.request_cancel(), "it runs, and is only asked");
    asked.open();
    assert_eq!(parent.result().unwrap(), (false, true));
}

#[test]
fn a_child_that_inherits_a_request_to_stop_and_has_not_started_never_starts() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let (submitted, child) = mpsc::channel();
    let asked = Gate::closed();
    let gate = asked.clone();
    let parent = pool
        .submit(move || {
            let heir = inner.task().inherit_cancel().submit(|| ()).unwrap();
            let stranger = inner.submit(|| ()).unwrap();
            submitted.send((heir, stranger)).unwrap();
            gate.pass();
        })
        .unwrap();
    let (heir, stranger) = child.recv().unwrap();
    parent.request_cancel();
    asked.open();
    assert!(matches!(
        heir.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
    stranger.result().unwrap();
}

#[test]
fn a_body_runs_inside_the_span_that_was_current_at_the_submit() {
    // Of the whole process, since the workers are other threads; the other tests have no spans.
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    let name = || tracing::Span::current().metadata().map(|span| span.name());
    let pool = pool_of(1);
    let (closure, polled, continued) = tracing::info_span!("upload").in_scope(|| {
        let closure = pool.submit(name).unwrap();
        let polled = pool.spawn(async move { name() }).unwrap();
        let continued = pool.submit(|| ()).unwrap().map(move |()| name());
        (closure, polled, continued)
    });
    assert_eq!(closure.result().unwrap(), Some("upload"));
    assert_eq!(polled.result().unwrap(), Some("upload"));
    assert_eq!(continued.result().unwrap(), Some("upload"));
    assert_eq!(pool.submit(name).unwrap().result().unwrap(), None);
}
