use super::*;
use crate::ThreadPool;
use crate::error::{ResultError, TaskError};
use crate::pool::directory;

/// Has something queued that was admitted before the pool's end, and comes after it.
#[track_caller]
fn check(queue: impl FnOnce(&Arc<Shared>)) {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .expect("the settings are in range");
    let id = pool.shared.id();
    pool.shared.admit(1, Room::Now).expect("there is room");
    pool.shutdown().expect("this is no worker");
    queue(&pool.shared);
    drop(pool);
    assert!(directory::find(id).is_none(), "nothing keeps the pool");
}

#[test]
fn a_closure_that_comes_after_the_end_is_given_back_and_keeps_nothing() {
    check(
        |shared| match shared.queue_closure(|| 5, None, Location::caller()) {
            Err(Rejected::ShutDown(closure)) => assert_eq!(closure(), 5),
            other => panic!("{other:?}"),
        },
    );
}

#[test]
fn an_async_task_that_comes_after_the_end_is_abandoned_and_keeps_nothing() {
    check(|shared| {
        let (task, future) = Task::from_future(async { 5 });
        shared.take(task, None);
        assert!(matches!(
            future.result(),
            Err(ResultError::Task(TaskError::Abandoned(_)))
        ));
    });
}
