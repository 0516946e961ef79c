//! Waits that would never end are errors before they block.

use std::sync::{Arc, Barrier, Mutex, mpsc};

use creel_runtime::{ResultError, TaskFuture, ThreadPool, WaitError};

use crate::gate::pool_of;

/// A place where tasks find the futures of others.
type Place<T> = Arc<Mutex<Option<TaskFuture<T>>>>;

fn take<T>(place: &Place<T>) -> TaskFuture<T> {
    place.lock().unwrap().take().unwrap()
}

/// A place for the future of the task that looks there, filled before it may look.
pub(crate) fn own_future<T, F>(pool: &ThreadPool, name: &str, body: F)
where
    T: Send + 'static,
    F: FnOnce(TaskFuture<T>) -> T + Send + 'static,
{
    let place: Place<T> = Place::default();
    let inner = Arc::clone(&place);
    let (filled, fill) = mpsc::channel();
    let future = pool
        .task()
        .name(name)
        .submit(move || {
            fill.recv().unwrap();
            body(take(&inner))
        })
        .unwrap();
    *place.lock().unwrap() = Some(future);
    filled.send(()).unwrap();
}

#[test]
fn a_task_that_waits_for_itself_gets_an_error_and_its_future_back() {
    let pool = pool_of(2);
    let (said, says) = mpsc::channel();
    own_future(&pool, "narcissus", move |own: TaskFuture<()>| {
        let Err(ResultError::Wait(WaitError::Deadlock(cycle), own)) = own.result() else {
            panic!("it cannot have ended");
        };
        said.send((cycle.to_string(), own.running())).unwrap();
    });
    let (cycle, running) = says.recv().unwrap();
    assert_eq!(cycle, "`narcissus` waits for `narcissus`");
    assert!(running);
}

/// Two tasks that wait for each other, on as many workers; what came of each wait.
fn embrace(pool: &ThreadPool) -> Vec<Result<u32, WaitError>> {
    let places: [Place<u32>; 2] = Default::default();
    let together = Arc::new(Barrier::new(3));
    let (said, says) = mpsc::channel();
    for (own, name) in ["a", "b"].into_iter().enumerate() {
        let others = Arc::clone(&places[1 - own]);
        let (together, said) = (Arc::clone(&together), said.clone());
        let future = pool
            .task()
            .name(name)
            .submit(move || {
                together.wait();
                let waited = match take(&others).result() {
                    Ok(value) => Ok(value),
                    Err(ResultError::Wait(error, _)) => Err(error),
                    Err(ResultError::Task(error)) => panic!("{error}"),
                    Err(_) => unreachable!(),
                };
                said.send(waited).unwrap();
                7
            })
            .unwrap();
        *places[own].lock().unwrap() = Some(future);
    }
    together.wait();
    [says.recv().unwrap(), says.recv().unwrap()].into()
}

#[test]
fn of_two_tasks_that_wait_for_each_other_one_gets_an_error_that_names_both() {
    let waited = embrace(&pool_of(2));
    let Err(WaitError::Deadlock(cycle)) = &waited[0] else {
        panic!("the wait that closes the cycle fails first: {waited:?}");
    };
    let waits: Vec<_> = cycle.waits().collect();
    assert!(
        waits == [("a", "b"), ("b", "a")] || waits == [("b", "a"), ("a", "b")],
        "{waits:?}"
    );
    assert_eq!(waited[1], Ok(7), "the other wait ends with the value");
}

#[test]
fn a_cycle_through_a_task_that_runs_in_place_is_found() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let (said, says) = mpsc::channel();
    own_future(&pool, "outer", move |outer: TaskFuture<()>| {
        let child = inner
            .task()
            .name("inner")
            .submit(move || {
                let Err(ResultError::Wait(WaitError::Deadlock(cycle), _)) = outer.result() else {
                    panic!("it waits for this very task");
                };
                said.send(cycle.to_string()).unwrap();
            })
            .unwrap();
        drop(inner);
        child.result().unwrap();
    });
    assert_eq!(says.recv().unwrap(), "`inner` waits for `outer`");
}

#[test]
fn a_callback_that_waits_for_its_own_future_gets_an_error() {
    let pool = pool_of(1);
    let occupied = crate::gate::occupy(&pool);
    let place: Place<u32> = Place::default();
    let future = pool.submit(|| 1).unwrap();
    let inner = Arc::clone(&place);
    let (said, says) = mpsc::channel();
    future.add_done_callback(move |_| {
        let waited = take(&inner).result();
        said.send(matches!(
            waited,
            Err(ResultError::Wait(WaitError::Deadlock(_), _))
        ))
        .unwrap();
    });
    *place.lock().unwrap() = Some(future);
    occupied.gate.open();
    assert!(says.recv().unwrap());
}

#[test]
fn a_wait_that_would_leave_no_worker_fails_and_gives_the_future_back() {
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(1)
            .max_spares(0)
            .build()
            .unwrap(),
    );
    let other = pool_of(1);
    let occupied = crate::gate::occupy(&other);
    let foreign = other.submit(|| 5).unwrap();
    let waited = pool
        .submit(move || match foreign.result() {
            Err(ResultError::Wait(WaitError::Exhausted, foreign)) => foreign,
            other => panic!("{other:?}"),
        })
        .unwrap();
    let foreign = waited.result().unwrap();
    occupied.gate.open();
    assert_eq!(foreign.result().unwrap(), 5);
}

#[test]
fn a_timed_wait_in_a_cycle_is_not_refused() {
    let pool = pool_of(2);
    let (said, says) = mpsc::channel();
    own_future(&pool, "patient", move |own: TaskFuture<()>| {
        let waited = own.wait_timeout(std::time::Duration::ZERO);
        said.send(waited.is_err()).unwrap();
    });
    assert!(says.recv().unwrap());
}

#[test]
fn a_task_without_a_name_is_named_by_the_type_of_its_body() {
    let pool = pool_of(2);
    let place: Place<()> = Place::default();
    let inner = Arc::clone(&place);
    let (filled, fill) = mpsc::channel::<()>();
    let (said, says) = mpsc::channel();
    let future = pool
        .submit(move || {
            fill.recv().unwrap();
            let Err(ResultError::Wait(error, _)) = take(&inner).result() else {
                panic!("it waits for itself");
            };
            said.send(error.to_string()).unwrap();
        })
        .unwrap();
    *place.lock().unwrap() = Some(future);
    filled.send(()).unwrap();
    let error = says.recv().unwrap();
    assert!(
        error.contains("a_task_without_a_name_is_named_by_the_type_of_its_body"),
        "{error}"
    );
}
