//! The items in a text, whatever its form.

use std::sync::Arc;

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::SourceError;
use creel_items::{Found, Items};

use super::bad_item::BadItem;
use super::item::Item;
use super::reader::{Passed, Reader};
use crate::record::Key;

/// The items in a text, each with its place as its key.
pub(crate) struct Text<I> {
    input: Arc<str>,
    items: I,
}

impl<I> Text<I> {
    pub(crate) fn new(input: Arc<str>, items: I) -> Self {
        Self { input, items }
    }
}

impl<I: Items + Send> Reader for Text<I> {
    fn next(&mut self, index: u64, _: &Context) -> Result<Option<Item>, SourceError> {
        let found = self.items.next().map_err(failed)?;
        let Some(Found {
            line,
            id,
            is_request,
            payload,
            original,
        }) = found
        else {
            return Ok(None);
        };
        let key = if is_request {
            let custom_id = id.to_string();
            Key::Request { index, custom_id }
        } else {
            Key::Item { index, id }
        };
        match payload {
            Ok(payload) => Ok(Some(Item::row(key, payload, original))),
            Err(problem) => {
                Err(BadItem::on_line(&self.input, line, key, problem, original).into_error())
            }
        }
    }

    fn pass(&mut self, _: &Context) -> Result<Option<Passed>, SourceError> {
        self.items.pass().map_err(failed)
    }

    fn header(&self) -> Option<Bytes> {
        self.items.header()
    }
}

fn failed(error: std::io::Error) -> SourceError {
    SourceError::Failed(error.into())
}
