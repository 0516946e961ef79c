use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use creel_runtime::ThreadPool;
use creel_testkit::ScriptedLookout;

fn watching(workers: usize) -> (ThreadPool, Arc<ScriptedLookout>) {
    let lookout = Arc::new(ScriptedLookout::new());
    let pool = ThreadPool::builder()
        .min_workers(workers)
        .max_workers(workers)
        .lookout(lookout.clone())
        .build()
        .unwrap();
    (pool, lookout)
}

#[test]
fn an_idle_worker_keeps_watch_and_comes_back_for_a_task() {
    let (pool, lookout) = watching(1);
    for _ in 0..100 {
        let watcher = lookout.wait_for_watcher();
        let task = pool.submit(|| thread::current().id()).unwrap();
        assert_eq!(task.result().unwrap(), watcher);
    }
}

#[test]
fn what_is_found_goes_on_on_the_thread_that_found_it() {
    let (pool, lookout) = watching(2);
    for _ in 0..100 {
        let outside = Arc::clone(&lookout);
        let task = pool
            .spawn(async move {
                outside.event().await;
                thread::current().id()
            })
            .unwrap();
        lookout.wait_for_waiting(1);
        let watcher = lookout.wait_for_watcher();
        lookout.happen();
        assert_eq!(task.result().unwrap(), watcher);
    }
}

#[test]
fn others_take_their_part_of_what_one_worker_found() {
    let (pool, lookout) = watching(2);
    let (arrive, arrived) = mpsc::channel();
    let both = Arc::new(std::sync::Barrier::new(2));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (outside, both) = (Arc::clone(&lookout), Arc::clone(&both));
            let arrive = arrive.clone();
            let waiting = async move {
                outside.event().await;
                // Neither ends before the other runs.
                both.wait();
                arrive.send(thread::current().id()).unwrap();
            };
            pool.spawn(waiting).unwrap()
        })
        .collect();
    lookout.wait_for_waiting(2);
    lookout.wait_for_watcher();
    lookout.happen();
    for task in tasks {
        task.result().unwrap();
    }
    assert_ne!(arrived.recv().unwrap(), arrived.recv().unwrap());
}

#[test]
fn a_pool_ends_while_a_worker_keeps_watch() {
    for _ in 0..20 {
        let (pool, lookout) = watching(2);
        lookout.wait_for_watcher();
        pool.shutdown().unwrap();
        lookout.wait_until_left();
    }
}

#[test]
fn a_worker_that_watches_in_vain_leaves_when_its_time_is_over() {
    let lookout = Arc::new(ScriptedLookout::new());
    let pool = ThreadPool::builder()
        .max_workers(1)
        .keep_alive(Duration::from_millis(1))
        .lookout(lookout.clone())
        .build()
        .unwrap();
    for _ in 0..20 {
        pool.submit(|| ()).unwrap().result().unwrap();
        lookout.wait_until_left();
    }
    pool.shutdown().unwrap();
}
