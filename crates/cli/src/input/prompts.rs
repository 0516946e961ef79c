//! Prompts, one a line.

use std::io::Read;
use std::sync::Arc;

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_protocols::Payload;

use super::bad_item::BadItem;
use super::item::Item;
use super::lines::{Line, Lines};
use crate::record::Id;

/// The lines of a text as prompts; the id of a prompt is its line.
pub(crate) struct Prompts<R> {
    input: Arc<str>,
    lines: Lines<R>,
}

impl<R: Read> Prompts<R> {
    pub(crate) fn new(input: Arc<str>, reader: R) -> Self {
        Self {
            input,
            lines: Lines::new(reader),
        }
    }
}

impl<R: Read + Send> Source for Prompts<R> {
    type Item = Item;

    fn next(&mut self, _: &Context) -> Result<Option<Item>, SourceError> {
        let line = self.lines.next();
        let Some(Line { number, text }) =
            line.map_err(|error| SourceError::Failed(error.into()))?
        else {
            return Ok(None);
        };
        let id = Id::from(number);
        match text {
            Ok(text) => Ok(Some(Item::row(id, Payload::Text(text)))),
            Err(problem) => Err(BadItem::on_line(&self.input, number, id, problem).into_error()),
        }
    }
}
