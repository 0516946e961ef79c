//! Every interleaving of whoever raises a signal and whoever asks to be told, by loom.

use loom::thread;

use super::StopSignal;
use crate::park::Unparker;

#[test]
fn a_signal_reaches_whoever_registers_while_it_is_raised() {
    loom::model(|| {
        let stop = StopSignal::new();
        let context = stop.context();
        let raiser = thread::spawn(move || stop.raise());
        let thread = Unparker::current();
        context.on_cancel(&thread.waker());
        thread.park_once();
        assert!(context.is_cancelled());
        assert!(raiser.join().unwrap());
    });
}

#[test]
fn a_signal_is_raised_once() {
    loom::model(|| {
        let stop = StopSignal::new();
        let other = stop.clone();
        let raiser = thread::spawn(move || other.raise());
        let raised = stop.raise();
        assert_ne!(raiser.join().unwrap(), raised);
    });
}
