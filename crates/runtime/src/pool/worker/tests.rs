use std::future;

use super::Done;
use crate::pool::book::Book;
use crate::task::Task;

#[test]
fn a_task_that_is_passed_over_is_no_turn_and_one_that_goes_on_later_is_no_task() {
    let book = Book::new(1);
    let pen = book.pen(0);
    let mut done = Done::default();
    let mut after = |task: Task| {
        done.add(task.run_on_worker(&pen));
        (done.turns, done.tasks)
    };
    let (cancelled, future) = Task::from_closure(|| ());
    assert!(future.cancel());
    assert_eq!(after(cancelled), (0, 0));
    let (suspended, _future) = Task::from_future(future::pending::<()>());
    assert_eq!(after(suspended), (1, 0));
    let (closure, _future) = Task::from_closure(|| ());
    assert_eq!(after(closure), (2, 1));
}
