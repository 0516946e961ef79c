//! Pictures that a list names.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::SourceError;
use creel_items::{Line, Lines, Unusable};

use super::bad_item::BadItem;
use super::item::Item;
use super::pictures;
use super::reader::{Passed, Reader};
use crate::record::{Id, Key};

/// The pictures whose paths stand on the lines of a text, as `find` prints them; the id of one is its path.
pub(crate) struct Listed<R> {
    input: Arc<str>,
    lines: Lines<R>,
}

impl<R: Read> Listed<R> {
    pub(crate) fn new(input: Arc<str>, reader: R) -> Self {
        Self {
            input,
            lines: Lines::new(reader),
        }
    }
}

impl<R: Read + Send> Reader for Listed<R> {
    fn next(&mut self, index: u64, context: &Context) -> Result<Option<Item>, SourceError> {
        let line = self.lines.next();
        let Some(Line { number, text }) =
            line.map_err(|error| SourceError::Failed(error.into()))?
        else {
            return Ok(None);
        };
        let key = |id| Key::Item { index, id };
        match text {
            Ok(path) => {
                let key = key(Id::Text(path.clone()));
                let read = pictures::read(Path::new(&path), context);
                let original = Some(Bytes::from(path));
                match read {
                    Ok(frame) => Ok(frame.map(|frame| Item {
                        original,
                        ..Item::frame(key, frame)
                    })),
                    Err(problem) => {
                        Err(
                            BadItem::on_line(&self.input, number, key, problem, original)
                                .into_error(),
                        )
                    }
                }
            }
            Err(Unusable { problem, bytes }) => {
                let (key, original) = (key(number.into()), bytes.map(Bytes::from));
                Err(BadItem::on_line(&self.input, number, key, problem, original).into_error())
            }
        }
    }

    fn pass(&mut self, _: &Context) -> Result<Option<Passed>, SourceError> {
        let line = self.lines.next();
        let line = line.map_err(|error| SourceError::Failed(error.into()))?;
        Ok(line.map(Passed::from))
    }
}
