//! A sink in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};

use crate::{Gate, Watched};

/// A sink that keeps what it was given in memory, and fails where the test says so.
///
/// Clones write to the same place, so that a test can keep one and watch.
///
/// ```
/// use creel_core::{Context, Sink};
/// use creel_testkit::MemorySink;
///
/// let mut sink = MemorySink::keyed(|item: &u32| item.to_string());
/// sink.write(&7, &Context::new()).unwrap();
/// sink.flush().unwrap();
/// sink.write(&8, &Context::new()).unwrap();
/// assert_eq!(sink.items(), [7, 8]);
///
/// let mut after_a_crash = sink.reopen();
/// assert_eq!(after_a_crash.recovered().unwrap(), ["7"]);
/// assert_eq!(after_a_crash.items(), [7]);
/// ```
#[derive(Debug)]
pub struct MemorySink<Item> {
    place: Arc<Watched<Place<Item>>>,
    recovered: usize,
}

#[derive(Debug)]
struct Place<Item> {
    items: Vec<Item>,
    durable: usize,
    flushes: usize,
    key: Option<fn(&Item) -> String>,
    room: Option<usize>,
    gate: Option<Gate>,
    write_errors: VecDeque<SinkError>,
    flush_errors: VecDeque<SinkError>,
}

impl<Item> MemorySink<Item> {
    /// An empty sink without keys: nothing is recovered from it.
    pub fn new() -> Self {
        Self::with(None)
    }

    /// An empty sink whose items have keys.
    pub fn keyed(key: fn(&Item) -> String) -> Self {
        Self::with(Some(key))
    }

    /// The same sink with room for so many items; behind them a write fails as [`SinkError::NoRoom`].
    #[must_use]
    pub fn bounded(self, items: usize) -> Self {
        self.place.change(|place| place.room = Some(items));
        self
    }

    /// The same sink, whose writes block until the gate is open.
    #[must_use]
    pub fn behind(self, gate: &Gate) -> Self {
        self.place.change(|place| place.gate = Some(gate.clone()));
        self
    }

    /// Makes room for so many items more.
    pub fn make_room(&self, items: usize) {
        self.place
            .change(|place| place.room = place.room.map(|room| room + items));
    }

    /// Makes the next write fail with this error; several queue up.
    pub fn fail_write(&self, error: SinkError) {
        self.place
            .change(|place| place.write_errors.push_back(error));
    }

    /// Makes the next flush fail with this error; several queue up.
    pub fn fail_flush(&self, error: SinkError) {
        self.place
            .change(|place| place.flush_errors.push_back(error));
    }

    /// A sink at the same place, opened after a crash: what was not flushed is lost.
    #[must_use]
    pub fn reopen(&self) -> Self {
        let recovered = self.place.change(|place| {
            place.items.truncate(place.durable);
            place.durable
        });
        Self {
            place: Arc::clone(&self.place),
            recovered,
        }
    }

    /// How many items were written.
    pub fn written(&self) -> usize {
        self.place.read(|place| place.items.len())
    }

    /// How many items are durable.
    pub fn durable(&self) -> usize {
        self.place.read(|place| place.durable)
    }

    /// How often it was flushed with success.
    pub fn flushes(&self) -> usize {
        self.place.read(|place| place.flushes)
    }

    /// Blocks until so many items were written.
    pub fn wait_until_written(&self, count: usize) {
        self.place.wait_until(|place| place.items.len() >= count);
    }

    /// Blocks until so many items are durable.
    pub fn wait_until_durable(&self, count: usize) {
        self.place.wait_until(|place| place.durable >= count);
    }

    fn with(key: Option<fn(&Item) -> String>) -> Self {
        Self {
            place: Arc::new(Watched::new(Place {
                items: Vec::new(),
                durable: 0,
                flushes: 0,
                key,
                room: None,
                gate: None,
                write_errors: VecDeque::new(),
                flush_errors: VecDeque::new(),
            })),
            recovered: 0,
        }
    }
}

impl<Item: Clone> MemorySink<Item> {
    /// What was written, durable or not, in the order written.
    pub fn items(&self) -> Vec<Item> {
        self.place.read(|place| place.items.clone())
    }
}

impl<Item> Clone for MemorySink<Item> {
    fn clone(&self) -> Self {
        Self {
            place: Arc::clone(&self.place),
            recovered: self.recovered,
        }
    }
}

impl<Item> Default for MemorySink<Item> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Item: Clone> Sink<Item> for MemorySink<Item> {
    fn write(&mut self, item: &Item, _: &Context) -> Result<(), SinkError> {
        if let Some(gate) = self.place.read(|place| place.gate.clone()) {
            // A sink does not promise to be stopped: only the test lets it go on.
            let _ = gate.wait(&Context::new());
        }
        self.place.change(|place| {
            if let Some(error) = place.write_errors.pop_front() {
                return Err(error);
            }
            if place.room.is_some_and(|room| place.items.len() >= room) {
                return Err(SinkError::NoRoom("the memory sink is full".into()));
            }
            place.items.push(item.clone());
            Ok(())
        })
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.place.change(|place| {
            if let Some(error) = place.flush_errors.pop_front() {
                return Err(error);
            }
            place.durable = place.items.len();
            place.flushes += 1;
            Ok(())
        })
    }

    fn recovered(&mut self) -> Result<Vec<String>, SinkError> {
        Ok(self.place.read(|place| match place.key {
            Some(key) => place.items[..self.recovered].iter().map(key).collect(),
            None => Vec::new(),
        }))
    }
}
