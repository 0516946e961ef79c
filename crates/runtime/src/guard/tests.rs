use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::run_quietly;

/// Listens to the events of this crate on one thread.
pub(crate) struct Listener<F>(pub(crate) F);

impl<F: Fn(&Event<'_>) + 'static> Subscriber for Listener<F> {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        (self.0)(event);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_listener_that_panics_at_the_report_of_a_panic_harms_nobody() {
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    let listener = Listener(|_: &Event<'_>| {
        HEARD.fetch_add(1, Ordering::Relaxed);
        panic!("deaf");
    });
    tracing::subscriber::with_default(listener, || {
        run_quietly("a test", || panic!("torn"));
    });
    assert_eq!(HEARD.load(Ordering::Relaxed), 1);
}
