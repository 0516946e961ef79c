//! What a request to stop promises.

use std::sync::Arc;

use creel_core::CancelSignal;

use crate::WakeCount;

/// Checks that a signal wakes each waker once, when it is raised, at once if it already was, and lets go of them.
///
/// `make` gives a signal that is not raised, and a function that raises it.
///
/// # Panics
/// When the signal breaks its contract. It hangs when a waker is never woken.
pub fn signal<S, Raise>(mut make: impl FnMut() -> (Arc<S>, Raise))
where
    S: CancelSignal + ?Sized,
    Raise: FnMut(),
{
    let (signal, mut raise) = make();
    let (one, other, late) = (WakeCount::new(), WakeCount::new(), WakeCount::new());
    assert!(!signal.is_cancelled(), "a fresh signal is raised");
    for _ in 0..3 {
        signal.register(&one.waker());
    }
    signal.register(&other.waker());
    assert_eq!(one.count(), 0, "a waker is woken without a request");

    raise();
    assert!(signal.is_cancelled(), "a raised signal says it is not");
    one.wait_until(1);
    other.wait_until(1);
    signal.register(&late.waker());
    late.wait_until(1);

    raise();
    assert!(signal.is_cancelled(), "a signal is lowered again");
    for wakes in [&one, &other, &late] {
        assert_eq!(wakes.count(), 1, "a waker is woken more than once");
        assert_eq!(wakes.wakers(), 0, "a waker is kept behind its wake");
    }

    let (signal, raise) = make();
    let kept = WakeCount::new();
    signal.register(&kept.waker());
    drop((signal, raise));
    assert_eq!(kept.count(), 0, "a dropped signal wakes");
    assert_eq!(kept.wakers(), 0, "a dropped signal keeps its wakers");
}
