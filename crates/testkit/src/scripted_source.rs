//! A source that follows a script.

use std::collections::VecDeque;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use crate::{Gate, Passage};

/// A source that gives items and errors in the order of its script, and waits where the test says so.
///
/// ```
/// use creel_core::port::SourceError;
/// use creel_core::{Context, Source};
/// use creel_testkit::ScriptedSource;
///
/// let mut source = ScriptedSource::new()
///     .item("a")
///     .error(SourceError::Item("no picture".into()))
///     .item("b");
/// let context = Context::new();
/// assert_eq!(source.next(&context).unwrap(), Some("a"));
/// assert!(source.next(&context).unwrap_err().is_transient());
/// assert_eq!(source.next(&context).unwrap(), Some("b"));
/// assert_eq!(source.next(&context).unwrap(), None);
/// ```
#[derive(Debug)]
pub struct ScriptedSource<Item> {
    steps: VecDeque<Step<Item>>,
}

#[derive(Debug)]
enum Step<Item> {
    Give(Item),
    Fail(SourceError),
    Hold(Gate),
    Panic(String),
}

impl<Item> ScriptedSource<Item> {
    /// A source that is at its end.
    pub fn new() -> Self {
        Self {
            steps: VecDeque::new(),
        }
    }

    /// Then gives an item.
    #[must_use]
    pub fn item(self, item: Item) -> Self {
        self.step(Step::Give(item))
    }

    /// Then gives these items.
    #[must_use]
    pub fn items(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.steps.extend(items.into_iter().map(Step::Give));
        self
    }

    /// Then fails; behind [`SourceError::Failed`] it is at its end.
    #[must_use]
    pub fn error(self, error: SourceError) -> Self {
        self.step(Step::Fail(error))
    }

    /// Then waits until the gate is open; when cancelled meanwhile it gives `Ok(None)` and stays there.
    #[must_use]
    pub fn gate(self, gate: &Gate) -> Self {
        self.step(Step::Hold(gate.clone()))
    }

    /// Then waits until it is cancelled.
    #[must_use]
    pub fn hang(self) -> Self {
        self.step(Step::Hold(Gate::closed()))
    }

    /// Then panics, which a source must not do but a caller must survive.
    #[must_use]
    pub fn panic(self, message: impl Into<String>) -> Self {
        self.step(Step::Panic(message.into()))
    }

    fn step(mut self, step: Step<Item>) -> Self {
        self.steps.push_back(step);
        self
    }
}

impl<Item> Default for ScriptedSource<Item> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Item: Send> Source for ScriptedSource<Item> {
    type Item = Item;

    fn next(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Give(item) => return Ok(Some(item)),
                Step::Fail(error) => {
                    if !error.is_transient() {
                        self.steps.clear();
                    }
                    return Err(error);
                }
                Step::Hold(gate) => match gate.wait(context) {
                    Passage::Opened => {}
                    Passage::Cancelled => {
                        self.steps.push_front(Step::Hold(gate));
                        return Ok(None);
                    }
                },
                Step::Panic(message) => panic!("{message}"),
            }
        }
        Ok(None)
    }
}
