//! What a sink promises.

use std::error::Error as _;
use std::fmt::Debug;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};

/// Checks that items are kept in the order written, and are there once a flush has returned.
///
/// `make` opens an empty sink and gives with it a function that reads back what is there, from outside of
/// the sink. `item` makes the item of a number.
///
/// # Panics
/// When the sink breaks its contract.
pub fn sink<S, Item, Items>(
    mut make: impl FnMut() -> (S, Items),
    mut item: impl FnMut(usize) -> Item,
) where
    S: Sink<Item>,
    Item: Debug + PartialEq,
    Items: FnMut() -> Vec<Item>,
{
    let context = Context::new();

    let (mut empty, mut items) = make();
    let keys = empty.recovered().expect("a fresh sink tells its keys");
    assert_eq!(keys, [""; 0], "a fresh sink recovers keys");
    empty.flush().expect("a sink without items is flushed");
    assert_eq!(items(), [], "a flush without items writes some");
    drop(empty);

    let (mut sink, mut items) = make();
    let mut written = Vec::new();
    for batch in [1, 2, 300] {
        for _ in 0..batch {
            let item = item(written.len());
            sink.write(&item, &context).expect("a sink takes an item");
            written.push(item);
        }
        sink.flush().expect("a sink is flushed");
        assert_eq!(
            items(),
            written,
            "flushed items are not what was written, in order"
        );
    }
    sink.flush().expect("a sink is flushed twice");
    drop(sink);
    assert_eq!(
        items(),
        written,
        "flushed items changed when the sink was dropped"
    );
}

/// Checks that keys are recovered when a sink is opened again at the same place.
///
/// `open` opens the sink at one place, empty at first; `key` names the key under which an item is recovered.
///
/// # Panics
/// When the sink breaks its contract.
pub fn sink_recovers<S, Item>(
    mut open: impl FnMut() -> S,
    mut item: impl FnMut(usize) -> Item,
    mut key: impl FnMut(&Item) -> String,
) where
    S: Sink<Item>,
{
    let context = Context::new();
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..3 {
        let mut sink = open();
        let recovered = |sink: &mut S| sink.recovered().expect("a sink tells its keys");
        assert_eq!(
            recovered(&mut sink),
            keys,
            "the keys are not those of what was there, in order"
        );
        let before = keys.clone();
        for _ in 0..5 {
            let item = item(keys.len());
            keys.push(key(&item));
            sink.write(&item, &context).expect("a sink takes an item");
        }
        sink.flush().expect("a sink is flushed");
        assert_eq!(
            recovered(&mut sink),
            before,
            "the keys are not those from before the sink was opened"
        );
    }
}

/// Checks that an item which cannot be kept leaves nothing behind and does not harm the others.
///
/// `make` is as for [`sink`]; `bad` is an item that this sink rejects.
///
/// # Panics
/// When the sink breaks its contract.
pub fn sink_rejects<S, Item, Items>(
    mut make: impl FnMut() -> (S, Items),
    mut item: impl FnMut(usize) -> Item,
    bad: &Item,
) where
    S: Sink<Item>,
    Item: Debug + PartialEq,
    Items: FnMut() -> Vec<Item>,
{
    let context = Context::new();
    let (mut sink, mut items) = make();
    let good = [item(0), item(1)];
    sink.write(&good[0], &context)
        .expect("a sink takes an item");
    for _ in 0..2 {
        let error = sink.write(bad, &context).expect_err("a bad item is taken");
        assert!(
            matches!(error, SinkError::Rejected(_)),
            "a bad item is not rejected: {error:?}"
        );
        assert!(!error.is_transient(), "a rejection is said to be transient");
        check_error(&error);
    }
    sink.write(&good[1], &context)
        .expect("a sink takes an item behind a rejected one");
    sink.flush().expect("a sink is flushed");
    assert_eq!(items(), good, "a rejected item left something");
}

/// Checks that a sink which has run out of room leaves nothing of the item behind, and goes on once there is
/// room.
///
/// `make` opens an empty sink with little room, and gives with it a function that reads back what is there and
/// one that makes room for some items more.
///
/// # Panics
/// When the sink breaks its contract, or takes 100,000 items.
pub fn sink_out_of_room<S, Item, Items>(
    mut make: impl FnMut() -> (S, Items, Box<dyn FnMut()>),
    mut item: impl FnMut(usize) -> Item,
) where
    S: Sink<Item>,
    Item: Debug + PartialEq,
    Items: FnMut() -> Vec<Item>,
{
    let context = Context::new();
    let (mut sink, mut items, mut make_room) = make();
    let mut written = Vec::new();
    for _ in 0..3 {
        let error = loop {
            assert!(written.len() < 100_000, "the sink never runs out of room");
            let item = item(written.len());
            match sink.write(&item, &context) {
                Ok(()) => written.push(item),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error, SinkError::NoRoom(_)),
            "a full sink does not say so: {error:?}"
        );
        assert!(error.is_transient(), "no room is not said to be transient");
        check_error(&error);
        make_room();
        let item = item(written.len());
        sink.write(&item, &context)
            .expect("a sink takes an item once there is room");
        written.push(item);
        sink.flush().expect("a sink is flushed once there is room");
        assert_eq!(items(), written, "a failed write left something");
    }
}

fn check_error(error: &SinkError) {
    assert!(
        error.source().is_some(),
        "a sink's error has no cause: {error:?}"
    );
    super::error(error);
}
