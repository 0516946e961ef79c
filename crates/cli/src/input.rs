//! What is read: frames, rows, prompts and pictures, one after the other, whatever the size of the file.

mod bad_item;
mod fingerprint;
mod format;
mod frames;
mod item;
mod listed;
mod opening;
mod pictures;
mod pipe;
mod reader;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use thiserror::Error;

pub(crate) use bad_item::BadItem;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use format::Format;
pub(crate) use item::{Content, Item};

use crate::done::Done;
use crate::rejects::Rejects;
use pipe::CallAway;
use reader::{Passed, Reader};

/// Where the items of a run come from: a camera, a file, folders, or standard input.
pub(crate) struct Input {
    name: Arc<str>,
    reader: Box<dyn Reader>,
    format: Option<Format>,
    /// The files and folders that are read; none for a stream or a camera.
    paths: Vec<PathBuf>,
    count: Option<u64>,
    /// Where reading may wait for ever.
    call_away: Option<CallAway>,
    /// Read ahead, so that an input without items ends the program before anything else was begun.
    first: Option<Result<Item, SourceError>>,
    /// How many items were read or passed over, the one that was read ahead aside.
    index: u64,
    earlier: Option<Earlier>,
}

/// What earlier runs have done of this input.
struct Earlier {
    done: Arc<Done>,
    rejects: Arc<Rejects>,
}

/// The input ends before what has been done of it.
#[derive(Debug, Error)]
#[error("it ends after {items} items, and more of them have a record: is it the same as before?")]
struct BecameShorter {
    items: u64,
}

impl Input {
    fn new(name: Arc<str>, reader: impl Reader + 'static) -> Self {
        Self {
            name,
            reader: Box::new(reader),
            format: None,
            paths: Vec::new(),
            count: None,
            call_away: None,
            first: None,
            index: 0,
            earlier: None,
        }
    }

    /// Reads the first item.
    fn begun(mut self) -> Result<Self> {
        match self.reader.next(0, &Context::new()) {
            Ok(None) => bail!("{} is empty: there is nothing to send", self.name),
            Err(error @ SourceError::Failed(_)) => {
                Err(error).with_context(|| format!("cannot read {}", self.name))
            }
            first => {
                self.first = first.transpose();
                Ok(self)
            }
        }
    }

    /// Passes over what earlier runs have done; what of it has failed goes to the rejects again.
    pub(crate) fn after(mut self, done: Arc<Done>, rejects: Arc<Rejects>) -> Self {
        self.earlier = Some(Earlier { done, rejects });
        self
    }

    /// How many items there are, about, where that is known.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }

    /// Says how many items there are, about.
    pub(crate) fn expect(&mut self, count: Option<u64>) {
        self.count = self.count.or(count);
    }

    /// What the input is called in messages.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What kind of input it is; a camera is none.
    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    /// The files and folders that are read.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// What stands above the items, such as the names of columns.
    pub(crate) fn header(&self) -> Option<Bytes> {
        self.reader.header()
    }

    /// Passes over the next item; false at the end.
    fn pass_over(&mut self, context: &Context) -> Result<bool, SourceError> {
        let passed = match self.first.take() {
            Some(Ok(item)) => Some(item.original),
            Some(Err(error)) => Some(BadItem::of(&error).and_then(|bad| bad.original.clone())),
            None => {
                let passed = self.reader.pass(context)?;
                passed.map(|Passed { original }| original)
            }
        };
        let Some(earlier) = &self.earlier else {
            return Ok(false);
        };
        let Some(original) = passed else {
            let shorter = BecameShorter { items: self.index };
            return if context.is_cancelled() {
                Ok(false)
            } else {
                Err(SourceError::Failed(shorter.into()))
            };
        };
        if earlier.done.has_failed(self.index) {
            let added = earlier.rejects.add(original.as_ref());
            added.map_err(|error| SourceError::Failed(error.into()))?;
        }
        self.index += 1;
        Ok(true)
    }

    fn read(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        let next = match self.first.take() {
            Some(first) => first.map(Some),
            None => self.reader.next(self.index, context),
        };
        if matches!(next, Ok(Some(_)) | Err(SourceError::Item(_))) {
            self.index += 1;
        }
        next
    }
}

impl Source for Input {
    type Item = Item;

    fn next(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        if let Some(call_away) = &self.call_away {
            call_away.when(context);
        }
        while let Some(earlier) = &self.earlier
            && earlier.done.contains(self.index)
        {
            if context.is_cancelled() || !self.pass_over(context)? {
                return Ok(None);
            }
        }
        let next = self.read(context);
        // Whoever was called away has read a part of an item at most.
        if context.is_cancelled() {
            Ok(None)
        } else {
            next
        }
    }
}

#[cfg(test)]
mod tests;
