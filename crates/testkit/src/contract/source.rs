//! What a source promises.

use std::error::Error as _;
use std::fmt::Debug;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use crate::ManualSignal;

/// Checks that a source gives these items in order and then ends; gives back the transient errors on the way.
///
/// `make` opens the source at its start, every time; `view` picks what is compared of an item. When an error
/// is transient the source is asked again.
///
/// # Panics
/// When the source breaks its contract, or fails 1,000 times.
pub fn source<S, View>(
    mut make: impl FnMut() -> S,
    mut view: impl FnMut(S::Item) -> View,
    expected: impl IntoIterator<Item = View>,
) -> Vec<SourceError>
where
    S: Source,
    View: Debug + PartialEq,
{
    let context = Context::new();
    let expected: Vec<View> = expected.into_iter().collect();
    let mut last = Vec::new();
    for _ in 0..2 {
        let mut source = make();
        let mut given = Vec::new();
        let mut errors = Vec::new();
        loop {
            match source.next(&context) {
                Ok(Some(item)) => given.push(view(item)),
                Ok(None) => break,
                Err(error) => {
                    check_error(&error);
                    assert!(error.is_transient(), "the source failed: {error:?}");
                    errors.push(error);
                }
            }
            assert!(
                given.len() <= expected.len(),
                "the source gives more than {} items",
                expected.len()
            );
            assert!(errors.len() < 1_000, "the source fails for ever");
        }
        assert_eq!(given, expected, "the items are not the expected ones");
        assert!(
            !matches!(source.next(&context), Ok(Some(_))),
            "the source gives an item behind its end"
        );
        last = errors;
    }
    last
}

/// Checks that a call which waits for an item ends soon after its context is cancelled.
///
/// `make` opens a source that gives `items` items and then waits for ever.
///
/// # Panics
/// When the source breaks its contract. It hangs when a call never looks at its context.
pub fn source_waits<S: Source>(mut make: impl FnMut() -> S, items: usize) {
    let open = |source: &mut S| {
        for _ in 0..items {
            let item = source
                .next(&Context::new())
                .expect("the source gives an item");
            assert!(item.is_some(), "the source ends early");
        }
    };

    let mut source = make();
    open(&mut source);
    let cancelled = ManualSignal::new();
    cancelled.cancel();
    check_end(source.next(&cancelled.context()));

    let mut source = make();
    open(&mut source);
    let signal = ManualSignal::new();
    let context = signal.context();
    std::thread::scope(|scope| {
        let waits = scope.spawn(move || check_end(source.next(&context)));
        signal.wait_until_looked_at();
        signal.cancel();
        if let Err(panic) = waits.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

fn check_end<Item>(outcome: Result<Option<Item>, SourceError>) {
    match outcome {
        Ok(None) => {}
        Ok(Some(_)) => panic!("a call that waited gives an item that is not there"),
        Err(error) => panic!("a cancelled call is not an end but an error: {error:?}"),
    }
}

fn check_error(error: &SourceError) {
    assert!(
        error.source().is_some(),
        "a source's error has no cause: {error:?}"
    );
    super::error(error);
}
