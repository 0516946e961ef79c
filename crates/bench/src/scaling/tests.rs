use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use super::engine::{Actor, Nanoseconds, Time};
use super::memory::{Line, Traffic};
use super::rules::{CREEL, OTHERS};
use super::scenes::SCENES;

/// How long that many writes of each of so many cores take, all begun at once, on one line.
fn writes(cores: Actor, each: usize) -> (Nanoseconds, Rc<Traffic>) {
    let (time, traffic) = (Time::new(1), Rc::new(Traffic::default()));
    let line = Rc::new(Line::new(&time, &traffic));
    let last = Rc::new(Cell::new(0));
    let mut actors: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for core in 0..cores {
        let (time, line, last) = (Rc::clone(&time), Rc::clone(&line), Rc::clone(&last));
        actors.push(Box::pin(async move {
            for _ in 0..each {
                line.write(core).await;
            }
            last.set(time.now());
        }));
    }
    time.run(actors);
    (last.get(), traffic)
}

#[test]
fn a_line_is_sent_once_to_a_core_that_alone_writes_it() {
    let (took, traffic) = writes(1, 10);
    assert_eq!((took, traffic.transfers()), (50 + 10 * 5, 1));
}

#[test]
fn cores_that_write_one_line_stand_in_line_for_it() {
    let (took, traffic) = writes(4, 1);
    assert_eq!((took, traffic.transfers()), (4 * 50 + 5, 4));
    assert_eq!(traffic.queued(), 50 + 2 * 50 + 3 * 50);
}

#[test]
fn a_burst_comes_out_the_same_each_time_and_no_task_is_left_under_any_rule() {
    let burst = &SCENES[3];
    for rules in std::iter::once(CREEL).chain(OTHERS) {
        // Whether each task has run is asserted by the scene itself.
        let [first, again] = [(); 2].map(|()| burst.play(8, rules));
        assert_eq!(first.to_string(), again.to_string(), "{}", burst.title);
    }
}

#[test]
fn a_task_that_comes_alone_wakes_one_worker() {
    let trickle = SCENES.last().expect("there are scenes");
    let outcome = trickle.play(8, CREEL);
    assert_eq!(outcome.to_string().matches("| 1000 | 1 |").count(), 1);
}
