use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::{Gate, IteratorSource, ManualSignal, ScriptedSource, contract};

fn identity(item: u64) -> u64 {
    item
}

#[test]
fn the_scripted_source_keeps_the_contract() {
    let make = || {
        ScriptedSource::new()
            .items([1, 2])
            .error(SourceError::Item("a torn picture".into()))
            .item(3)
            .error(SourceError::Disconnected("the cable is out".into()))
    };
    let errors = contract::source(make, identity, [1, 2, 3]);
    assert!(matches!(
        errors[..],
        [SourceError::Item(_), SourceError::Disconnected(_)]
    ));
    contract::source_waits(|| ScriptedSource::<u64>::new().hang(), 0);
    contract::source_waits(|| ScriptedSource::new().items([1, 2]).hang(), 2);
}

#[test]
fn the_iterator_source_keeps_the_contract() {
    assert!(contract::source(|| IteratorSource::new(0..100), identity, 0..100).is_empty());
}

#[test]
fn an_endless_iterator_source_ends_when_it_is_cancelled() {
    let mut source = IteratorSource::new(0_u64..);
    let signal = ManualSignal::new();
    assert_eq!(source.next(&signal.context()).unwrap(), Some(0));
    signal.cancel();
    assert_eq!(source.next(&signal.context()).unwrap(), None);
}

#[test]
fn a_scripted_failure_is_the_end() {
    let mut source = ScriptedSource::new()
        .error(SourceError::Failed("unplugged".into()))
        .item(1);
    let context = Context::new();
    assert!(!source.next(&context).unwrap_err().is_transient());
    assert_eq!(source.next(&context).unwrap(), None);
}

#[test]
fn a_cancelled_wait_at_a_gate_can_be_taken_up_again() {
    let gate = Gate::closed();
    let mut source = ScriptedSource::new().gate(&gate).item(1);
    let signal = ManualSignal::new();
    signal.cancel();
    assert_eq!(source.next(&signal.context()).unwrap(), None);
    gate.open();
    assert_eq!(source.next(&signal.context()).unwrap(), Some(1));
}

#[test]
#[should_panic(expected = "a scripted panic")]
fn the_scripted_source_panics_where_it_is_told_to() {
    let _ = ScriptedSource::<u64>::new()
        .panic("a scripted panic")
        .next(&Context::new());
}

/// Gives what its function says for the number of the call.
struct Broken<F>(u64, F);

impl<F> Source for Broken<F>
where
    F: Fn(u64, &Context) -> Result<Option<u64>, SourceError> + Send,
{
    type Item = u64;

    fn next(&mut self, context: &Context) -> Result<Option<u64>, SourceError> {
        let call = self.0;
        self.0 += 1;
        (self.1)(call, context)
    }
}

#[test]
#[should_panic(expected = "gives an item behind its end")]
fn a_source_that_goes_on_behind_its_end_is_found() {
    let make = || Broken(0, |call, _: &Context| Ok((call != 2).then_some(call)));
    let _ = contract::source(make, identity, [0, 1]);
}

#[test]
#[should_panic(expected = "the items are not the expected ones")]
fn a_source_that_swaps_items_is_found() {
    let make = || Broken(0, |call, _: &Context| Ok((call < 2).then(|| 1 - call)));
    let _ = contract::source(make, identity, [0, 1]);
}

#[test]
#[should_panic(expected = "gives more than 2 items")]
fn a_source_that_never_ends_is_found() {
    let make = || Broken(0, |call, _: &Context| Ok(Some(call)));
    let _ = contract::source(make, identity, [0, 1]);
}

#[test]
#[should_panic(expected = "the source fails for ever")]
fn a_source_that_fails_for_ever_is_found() {
    let make = || {
        Broken(0, |_, _: &Context| {
            Err(SourceError::Item("a torn picture".into()))
        })
    };
    let _ = contract::source(make, identity, [0]);
}

#[test]
#[should_panic(expected = "not an end but an error")]
fn a_source_that_fails_when_cancelled_is_found() {
    let make = || {
        Broken(0, |_, context: &Context| {
            let _ = Gate::closed().wait(context);
            Err(SourceError::Failed("cancelled".into()))
        })
    };
    contract::source_waits(make, 0);
}

#[test]
#[should_panic(expected = "an item that is not there")]
fn a_source_that_invents_an_item_when_cancelled_is_found() {
    let make = || {
        Broken(0, |call, context: &Context| {
            let _ = Gate::closed().wait(context);
            Ok(Some(call))
        })
    };
    contract::source_waits(make, 0);
}
