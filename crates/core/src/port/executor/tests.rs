use std::panic::panic_any;

use super::{Rejected, Run};

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("the payload panics too");
    }
}

fn run(work: impl FnOnce() + Send + 'static) {
    (Box::new(work) as Box<dyn FnOnce() + Send>).run();
}

#[test]
fn a_panic_of_a_closure_does_not_leave_the_run() {
    let (sent, received) = std::sync::mpsc::channel();
    run(move || {
        sent.send("started").unwrap();
        panic!("the work panics");
    });
    assert_eq!(received.recv(), Ok("started"));
    run(|| panic_any(PanicsWhenDropped));
}

#[test]
fn a_rejected_task_is_shown_by_the_reason() {
    assert_eq!(format!("{:?}", Rejected::Full(())), "Full(..)");
    assert_eq!(format!("{:?}", Rejected::ShutDown(())), "ShutDown(..)");
}
