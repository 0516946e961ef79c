//! Prompts, one a line.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::SourceError;
use creel_protocols::Payload;

use super::bad_item::BadItem;
use super::item::Item;
use super::lines::{Line, Lines, Unusable};
use super::reader::{Passed, Reader};
use crate::record::Key;

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

impl<R: Read + Send> Reader for Prompts<R> {
    fn next(&mut self, index: u64, _: &Context) -> Result<Option<Item>, SourceError> {
        let line = self.lines.next();
        let Some(Line { number, text }) =
            line.map_err(|error| SourceError::Failed(error.into()))?
        else {
            return Ok(None);
        };
        let key = Key::Item {
            index,
            id: number.into(),
        };
        match text {
            Ok(text) => {
                let original = Bytes::copy_from_slice(text.as_bytes());
                Ok(Some(Item::row(key, Payload::Text(text), original)))
            }
            Err(Unusable { problem, bytes }) => {
                let original = bytes.map(Bytes::from);
                Err(BadItem::on_line(&self.input, number, key, problem, original).into_error())
            }
        }
    }

    fn pass(&mut self, _: &Context) -> Result<Option<Passed>, SourceError> {
        let line = self.lines.next();
        let line = line.map_err(|error| SourceError::Failed(error.into()))?;
        Ok(line.map(|line| Passed {
            original: line.into_original(),
        }))
    }
}
