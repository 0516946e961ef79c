use std::time::Duration;

use super::*;
use crate::task::Task;

/// The pace of tasks that take next to nothing.
fn quick() -> Pace {
    let mut pace = Pace::new(1);
    let now = Instant::now();
    pace.wait(now);
    pace.task_taken();
    pace.wait(now + Duration::from_nanos(1));
    pace
}

#[test]
fn tasks_that_never_end_are_waited_for_together_for_a_moment_only() {
    let (tasks, line): (Vec<_>, VecDeque<_>) = (0..10)
        .map(|_| Task::from_closure(|| Batch::One(())))
        .map(|(task, future)| (task, Sent { future, items: 1 }))
        .unzip();
    assert_eq!(quick().tasks_at_a_time(line.len()), 5);
    // It returns, though nobody runs them.
    wait_for_several(&line, quick());
    assert!(line.iter().all(|sent| !sent.future.done()));
    drop(tasks);
}
