//! An executor of one's own behind the port: it keeps tasks and runs the newest first.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::cell::RefCell;

use creel_core::port::Rejected;
use creel_core::{Executor, Run};

type Job = Box<dyn FnOnce() + Send>;

struct Stack {
    jobs: RefCell<Vec<Job>>,
    capacity: usize,
}

impl Stack {
    fn run_all(&self) {
        while let Some(job) = { self.jobs.borrow_mut().pop() } {
            job.run();
        }
    }
}

impl Executor for Stack {
    type Task = Job;

    fn execute(&self, job: Job) -> Result<(), Rejected<Job>> {
        let mut jobs = self.jobs.borrow_mut();
        if jobs.len() == self.capacity {
            return Err(Rejected::Full(job));
        }
        jobs.push(job);
        Ok(())
    }
}

/// Code that is generic over its executor: it knows the port, and nothing of stacks or threads.
fn greet<E: Executor<Task = Job>>(executor: &E, name: &'static str) {
    match executor.execute(Box::new(move || println!("hello, {name}"))) {
        Ok(()) => {}
        Err(rejected) => {
            println!("{rejected}: running it here");
            rejected.into_inner().run();
        }
    }
}

fn main() {
    let stack = Stack {
        jobs: RefCell::default(),
        capacity: 2,
    };
    for name in ["weaver", "spinner", "dyer"] {
        greet(&stack, name);
    }
    stack.run_all();
}
