use std::future::pending;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Executor;
use creel_runtime::{Dump, Ledger, LiveTask, State, Task, TaskFuture, ThreadPool};
use futures_executor::block_on;

use crate::gate::{Gate, occupy, pool_of};

fn diagnosed(max_workers: usize) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(max_workers)
        .diagnostics(true)
        .build()
        .unwrap()
}

#[track_caller]
fn task<'a>(dump: &'a Dump, name: &str) -> &'a LiveTask {
    let mut named = dump.tasks().iter().filter(|task| task.name() == name);
    let task = named.next().unwrap_or_else(|| panic!("no {name}: {dump}"));
    assert!(named.next().is_none(), "more than one {name}: {dump}");
    task
}

fn names(dump: &Dump) -> Vec<&str> {
    dump.tasks().iter().map(LiveTask::name).collect()
}

fn waits_for<'a>(dump: &'a Dump, name: &str) -> Vec<&'a str> {
    task(dump, name).waits_for().collect()
}

/// The ledger as the list of live tasks tells it, without those that are done.
fn census(dump: &Dump) -> (u64, u64, u64) {
    let count = |states: &[State]| {
        let tasks = dump.tasks().iter();
        tasks.filter(|task| states.contains(&task.state())).count() as u64
    };
    (
        count(&[State::Pending, State::Queued]),
        count(&[State::Running]),
        count(&[State::Suspended]),
    )
}

fn live(ledger: Ledger) -> (u64, u64, u64) {
    (ledger.queued, ledger.running, ledger.suspended)
}

#[test]
fn every_live_task_is_listed_in_the_order_in_which_it_came() {
    let pool = diagnosed(1);
    let suspended = pool
        .task()
        .name("suspended")
        .spawn(pending::<()>())
        .unwrap();
    pool.submit(|| ()).unwrap().result().unwrap();
    let gate = Gate::closed();
    let (runs, running) = mpsc::channel();
    let inner = gate.clone();
    let runner = pool
        .task()
        .name("running")
        .submit(move || {
            runs.send(()).unwrap();
            inner.pass();
        })
        .unwrap();
    running.recv().unwrap();
    let queued = pool.task().name("queued").submit(|| ()).unwrap();
    let cancelled = pool.task().name("cancelled").submit(|| ()).unwrap();
    assert!(cancelled.cancel());

    let dump = pool.dump();
    assert_eq!(names(&dump), ["suspended", "running", "queued"]);
    assert_eq!(task(&dump, "suspended").state(), State::Suspended);
    assert_eq!(task(&dump, "running").state(), State::Running);
    assert_eq!(task(&dump, "queued").state(), State::Pending);
    assert_eq!(task(&dump, "running").worker(), Some(0));
    assert_eq!(task(&dump, "queued").worker(), None);
    assert_eq!(task(&dump, "suspended").worker(), None);
    assert_eq!(dump.workers().busy, 1);

    gate.open();
    runner.result().unwrap();
    queued.result().unwrap();
    assert_eq!(names(&pool.dump()), ["suspended"]);
    assert!(suspended.cancel());
    assert!(pool.dump().tasks().is_empty());
}

#[test]
fn a_task_without_a_name_is_shown_by_the_type_of_its_body() {
    let pool = diagnosed(1);
    let occupied = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    let dump = pool.dump();
    let last = dump.tasks().last().unwrap();
    assert!(
        last.name().contains("a_task_without_a_name"),
        "{}",
        last.name()
    );
    drop((occupied, queued));
}

#[test]
fn a_task_knows_how_old_it_is_and_how_long_it_runs() {
    let pool = diagnosed(1);
    let before = Instant::now();
    let occupied = occupy(&pool);
    let after = Instant::now();
    // Work, so that some time passes.
    pool_of(1).submit(|| ()).unwrap().result().unwrap();
    let at_least = after.elapsed();
    let dump = pool.dump();
    let at_most = before.elapsed();
    let [task] = dump.tasks() else {
        panic!("{dump}")
    };
    assert!(task.age() >= task.time_in_state());
    assert!(task.time_in_state() >= at_least);
    assert!(task.age() <= at_most);
    drop(occupied);
}

/// Submits something, and gives the line where that stands.
macro_rules! here {
    ($submit:expr) => {{
        $submit;
        line!()
    }};
}

#[test]
fn every_way_in_says_where_the_task_was_submitted() {
    let pool = diagnosed(1);
    let occupied = occupy(&pool);
    let minute = Duration::from_secs(60);
    let mut group = pool.group();
    let first = pool.submit(|| 1).unwrap();
    let ((by_port, port_future), made) = (Task::from_closure(|| ()), line!());
    let (named, named_future) = Task::builder().name("through the port").closure(|| ());
    let lines = [
        here!(pool.submit(|| ()).map(drop).unwrap()),
        here!(pool.try_submit(|| ()).map(drop).unwrap()),
        here!(pool.submit_timeout(|| (), minute).map(drop).unwrap()),
        here!(block_on(pool.submit_async(|| ())).map(drop).unwrap()),
        here!(pool.spawn(async {}).map(drop).unwrap()),
        here!(pool.task().submit(|| ()).map(drop).unwrap()),
        here!(pool.task().name("try").try_submit(|| ()).map(drop).unwrap()),
        here!(pool.task().submit_timeout(|| (), minute).map(drop).unwrap()),
        here!(block_on(pool.task().submit_async(|| ())).map(drop).unwrap()),
        here!(pool.task().spawn(async {}).map(drop).unwrap()),
        here!(group.submit(|| 1).unwrap()),
        here!(group.spawn(async { 1 }).unwrap()),
        here!(group.task().submit(|| 1).unwrap()),
        here!(group.handle().submit(|| 1).unwrap()),
        here!(group.handle().task().spawn(async { 1 }).unwrap()),
        made,
    ];
    pool.execute(by_port).unwrap();
    pool.execute(named).unwrap();
    let dump = pool.dump();
    // The first is that which occupies the worker, the second the one that nothing is to be said of.
    let listed = &dump.tasks()[2..];
    for (task, line) in listed.iter().zip(lines) {
        let location = task.submitted_at().unwrap();
        assert_eq!(
            (location.file(), location.line()),
            (file!(), line),
            "{task}"
        );
    }
    assert_eq!(listed.len(), lines.len() + 1);
    let made_at = task(&dump, "through the port").submitted_at().unwrap();
    assert_eq!(made_at.file(), file!());

    occupied.gate.open();
    first.result().unwrap();
    port_future.result().unwrap();
    named_future.result().unwrap();
    assert_eq!(group.join_all().unwrap(), [1; 5]);
}

#[test]
fn tasks_that_borrow_say_where_they_were_submitted() {
    let pool = diagnosed(1);
    let occupied = occupy(&pool);
    let last_line = || {
        let dump = pool.dump();
        let location = dump.tasks().last().unwrap().submitted_at().unwrap();
        assert_eq!(location.file(), file!(), "{dump}");
        location.line()
    };
    let ((listed, ()), line) = (pool.join(last_line, || ()), line!());
    assert_eq!(listed, line);
    pool.scope(|scope| {
        let (task, line) = (scope.submit(|| ()), line!());
        assert_eq!(last_line(), line);
        occupied.gate.open();
        task.result().unwrap();
    });
}

#[test]
fn a_map_and_a_continuation_say_where_they_were_made() {
    let pool = Arc::new(diagnosed(1));
    let lines = |pool: &ThreadPool| -> Vec<u32> {
        let dump = pool.dump();
        let locations = dump.tasks().iter().map(|task| {
            let location = task.submitted_at().unwrap();
            assert_eq!(location.file(), file!(), "{task}");
            location.line()
        });
        locations.collect()
    };
    let same = Arc::clone(&pool);
    let (mut map, map_line) = (pool.map([()], move |()| lines(&same)), line!());
    assert_eq!(map.next().unwrap().unwrap(), [map_line]);
    drop(map);

    let same = Arc::clone(&pool);
    let first = pool.submit(|| ()).unwrap();
    let (second, then_line) = (first.map(move |()| lines(&same)), line!());
    assert_eq!(second.result().unwrap(), [then_line]);
}

#[test]
fn a_task_that_waits_for_others_says_for_which() {
    let pool = Arc::new(diagnosed(2));
    let gate = Gate::closed();
    let (inner, inner_runs) = (gate.clone(), mpsc::channel());
    let awaited = pool
        .task()
        .name("awaited")
        .submit(move || {
            inner_runs.0.send(()).unwrap();
            inner.pass();
        })
        .unwrap();
    inner_runs.1.recv().unwrap();
    let waiter = pool
        .task()
        .name("waiter")
        .submit(move || awaited.result().unwrap())
        .unwrap();
    // A task that gets a worker of its own shows that the waiter blocks: there are but two.
    pool.submit(|| ()).unwrap().result().unwrap();
    wait_until(&pool, |dump| !dump.waits().is_empty());

    let dump = pool.dump();
    assert_eq!(waits_for(&dump, "waiter"), ["awaited"]);
    assert!(waits_for(&dump, "awaited").is_empty());
    let [wait] = dump.waits() else {
        panic!("{dump}")
    };
    assert_eq!(wait.task(), "waiter");
    assert_eq!(wait.waits_for().collect::<Vec<_>>(), ["awaited"]);
    assert_eq!(Some(wait.worker()), task(&dump, "waiter").worker());
    assert_eq!(dump.workers().blocked, 1);
    gate.open();
    waiter.result().unwrap();
    assert!(pool.dump().waits().is_empty());
}

/// Looks again after each task of the pool, until it is as it should be.
fn wait_until(pool: &ThreadPool, condition: impl Fn(&Dump) -> bool) {
    while !condition(&pool.dump()) {
        pool.submit(|| ()).unwrap().result().unwrap();
    }
}

/// A task by the name of `awaited`, which has started, and ends once it is sent something.
fn held(pool: &ThreadPool) -> (mpsc::Sender<()>, TaskFuture<()>) {
    let (sends, receives) = mpsc::channel();
    let (running, runs) = mpsc::channel();
    let awaited = pool.task().name("awaited").submit(move || {
        running.send(()).unwrap();
        receives.recv().unwrap();
    });
    // Whoever waits for it would run it in place otherwise.
    runs.recv().unwrap();
    (sends, awaited.unwrap())
}

#[test]
fn an_async_task_says_which_task_it_awaits() {
    let pool = diagnosed(2);
    let occupied = occupy(&pool);
    let (sends, awaited) = held(&pool);
    let shared = pool
        .task()
        .name("shared")
        .spawn(async move { awaited.await.unwrap() })
        .unwrap()
        .shared();
    let last = pool
        .task()
        .name("last")
        .spawn(async move { shared.await.unwrap() })
        .unwrap();
    occupied.gate.open();
    let polled = |dump: &Dump| {
        let suspended = dump.tasks().iter();
        let suspended = suspended.filter(|task| task.state() == State::Suspended);
        suspended.count() == 2
    };
    wait_until(&pool, polled);
    let dump = pool.dump();
    assert_eq!(waits_for(&dump, "shared"), ["awaited"]);
    assert_eq!(waits_for(&dump, "last"), ["shared"]);
    sends.send(()).unwrap();
    last.result().unwrap();
}

#[test]
fn a_task_waits_for_one_that_runs_inside_of_it() {
    let pool = Arc::new(diagnosed(1));
    let same = Arc::clone(&pool);
    let outer = pool.task().name("outer").submit(move || {
        let inside = Arc::clone(&same);
        let inner = same.task().name("inner").submit(move || inside.dump());
        inner.unwrap().result().unwrap()
    });
    let dump = outer.unwrap().result().unwrap();
    assert_eq!(waits_for(&dump, "outer"), ["inner"]);
    assert!(waits_for(&dump, "inner").is_empty());
    assert_eq!(task(&dump, "inner").worker(), task(&dump, "outer").worker());
}

#[test]
fn without_diagnostics_a_dump_tells_the_ledger_the_workers_and_who_waits() {
    let pool = pool_of(2);
    let (sends, awaited) = held(&pool);
    let waiter = pool
        .task()
        .name("waiter")
        .submit(move || awaited.result().unwrap())
        .unwrap();
    wait_until(&pool, |dump| {
        // The wait is entered before its worker is counted as blocked, and who ran a task is counted as busy after it.
        let (busy, blocked) = (dump.workers().busy, dump.workers().blocked);
        !dump.waits().is_empty() && (busy, blocked) == (1, 1) && dump.ledger().running == 2
    });
    let dump = pool.dump();
    assert!(dump.tasks().is_empty());
    assert_eq!(live(dump.ledger()), (0, 2, 0));
    assert_eq!((dump.workers().busy, dump.workers().blocked), (1, 1));
    let text = dump.to_string();
    let wait = format!(
        "`waiter` running on worker {}, waits for `awaited`",
        dump.waits()[0].worker()
    );
    assert!(text.ends_with(&wait), "{text}");
    sends.send(()).unwrap();
    waiter.result().unwrap();
}

#[test]
fn a_dump_reads_as_a_line_for_each_task() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .thread_name("looms")
        .diagnostics(true)
        .build()
        .unwrap();
    let occupied = occupy(&pool);
    let (queued, line) = (pool.task().name("queued").submit(|| ()).unwrap(), line!());
    let text = pool.dump().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "pool `looms`: 1 workers = 1 busy + 0 blocked + 0 searching + 0 idle"
    );
    assert!(
        lines[1].starts_with("2 submitted = 1 queued + 1 running + "),
        "{text}"
    );
    assert!(
        lines[2].contains(" running for ") && lines[2].contains(" on worker 0, "),
        "{text}"
    );
    assert!(lines[3].starts_with("`queued` pending for "), "{text}");
    let place = format!(" ago at {}:{line}:", file!());
    assert!(lines[3].contains(&place), "{text}");
    assert_eq!(lines.len(), 4);
    drop((occupied, queued));
}

/// Tasks that end in every way, some of them suspended and woken on the way.
fn load(pool: &ThreadPool, rounds: usize) -> Vec<TaskFuture<()>> {
    let mut left = Vec::new();
    for round in 0..rounds {
        let first = pool.submit(|| ()).unwrap();
        let second = pool.spawn(async move { first.await.unwrap() }).unwrap();
        let third = pool
            .spawn(async move {
                second.await.unwrap();
                pending().await
            })
            .unwrap();
        match round % 3 {
            0 => drop(third.cancel()),
            1 => left.push(third),
            _ => left.push(
                pool.submit(|| std::panic::resume_unwind(Box::new(())))
                    .unwrap(),
            ),
        }
    }
    left
}

#[test]
fn a_census_of_live_tasks_agrees_with_the_ledger() {
    let pool = diagnosed(3);
    let left: Vec<_> = thread::scope(|scope| {
        let loads: Vec<_> = (0..3).map(|_| scope.spawn(|| load(&pool, 60))).collect();
        let ended = loads.into_iter().map(|load| load.join().unwrap());
        ended.flatten().collect()
    });
    // A worker that is busy may be about to wake one that is suspended.
    let quiet = |dump: &Dump| {
        let workers = dump.workers();
        (workers.busy, workers.searching) == (0, 0)
            && dump.ledger().live() == dump.ledger().suspended
    };
    wait_until(&pool, quiet);
    let dump = pool.dump();
    assert_eq!(census(&dump), live(dump.ledger()));
    assert_eq!(dump.ledger().suspended, 3 * 20);
    assert_eq!(dump.tasks().len(), 3 * 20);

    drop(left);
    pool.shutdown_now().unwrap();
    let dump = pool.dump();
    assert!(dump.tasks().is_empty(), "{dump}");
    assert_eq!(live(dump.ledger()), (0, 0, 0));
}

#[test]
fn a_task_that_nobody_can_wake_leaves_the_list() {
    let pool = diagnosed(1);
    let future = pool.task().name("forgotten").spawn(pending::<()>());
    wait_until(&pool, |dump| dump.ledger().suspended == 1);
    assert_eq!(names(&pool.dump()), ["forgotten"]);
    drop(future);
    assert!(pool.dump().tasks().is_empty());
}
