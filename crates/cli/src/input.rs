//! What is read: frames, rows, prompts and pictures, one after the other, whatever the size of the file.

mod bad_item;
mod format;
mod frames;
mod item;
mod json_lines;
mod lines;
mod pipe;
mod prompts;
mod rows;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use creel_camera_source::{Camera, Location};
use creel_core::port::SourceError;
use creel_core::{Context, Source};

pub(crate) use bad_item::BadItem;
pub(crate) use format::Format;
pub(crate) use item::Item;

#[cfg(test)]
use item::Content;

use frames::{Frames, Naming};
use json_lines::JsonLines;
use pipe::{CallAway, Pipe};
use prompts::Prompts;
use rows::Rows;

/// Where the items of a run come from: a camera, a file, a folder, or standard input.
pub(crate) struct Input {
    name: Arc<str>,
    source: Box<dyn Source<Item = Item>>,
    count: Option<u64>,
    /// Where reading may wait for ever.
    call_away: Option<CallAway>,
    /// Read ahead, so that an input without items ends the program before anything else was begun.
    first: Option<Result<Item, SourceError>>,
}

impl Input {
    /// Opens a file, a folder, or standard input as `-`, and reads its first item.
    ///
    /// `columns` chooses the columns of a CSV file; without a choice it is all but `id`.
    pub(crate) fn open(path: &Path, format: Option<Format>, columns: &[String]) -> Result<Self> {
        let format = match format {
            Some(format) => format,
            None => guess(path)?,
        };
        let name: Arc<str> = match path.to_str() {
            Some("-") => "standard input".into(),
            _ => path.display().to_string().into(),
        };
        match format {
            Format::Images | Format::Video => {
                let camera = Camera::open(&Location::Path(path.to_owned()))?;
                let count = camera.frame_count();
                let frames = Frames::new(camera, Arc::clone(&name), Naming::Id);
                Self::new(name, frames).with_count(count).begun()
            }
            Format::Csv | Format::Jsonl | Format::Text => {
                let context = format!("cannot read {name}");
                let lines = Self::lines(path, name, format, columns);
                lines.context(context)?.begun()
            }
        }
    }

    /// The frames of a camera, at most so many; one that waits for its reader has its first one read.
    pub(crate) fn camera(camera: Camera, name: Arc<str>, count_max: Option<u64>) -> Result<Self> {
        let is_live = camera.is_live();
        let count = [camera.frame_count(), count_max]
            .into_iter()
            .flatten()
            .min();
        let frames = Frames::new(camera, Arc::clone(&name), Naming::Camera);
        let frames = frames.at_most(count_max.unwrap_or(u64::MAX));
        let input = Self::new(name, frames).with_count(count);
        if is_live { Ok(input) } else { input.begun() }
    }

    fn lines(path: &Path, name: Arc<str>, format: Format, columns: &[String]) -> Result<Self> {
        let (reader, call_away) = stream(path)?;
        let named = Arc::clone(&name);
        let mut input = match format {
            Format::Csv => Self::new(name, Rows::new(named, reader, columns)?),
            Format::Jsonl => Self::new(name, JsonLines::new(named, folder(path), reader)),
            _ => Self::new(name, Prompts::new(named, reader)),
        };
        input.call_away = call_away;
        Ok(input)
    }

    fn new(name: Arc<str>, source: impl Source<Item = Item> + 'static) -> Self {
        Self {
            name,
            source: Box::new(source),
            count: None,
            call_away: None,
            first: None,
        }
    }

    fn with_count(mut self, count: Option<u64>) -> Self {
        self.count = count;
        self
    }

    /// Reads the first item.
    fn begun(mut self) -> Result<Self> {
        match self.source.next(&Context::new()) {
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

    /// How many items there are, where that is known.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }

    /// What the input is called in messages.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl Source for Input {
    type Item = Item;

    fn next(&mut self, context: &Context) -> Result<Option<Item>, SourceError> {
        if let Some(first) = self.first.take() {
            return first.map(Some);
        }
        if let Some(call_away) = &self.call_away {
            call_away.when(context);
        }
        let next = self.source.next(context);
        // Whoever was called away has read a part of an item at most.
        if context.is_cancelled() {
            Ok(None)
        } else {
            next
        }
    }
}

fn guess(path: &Path) -> Result<Format> {
    if path.as_os_str() == "-" {
        bail!("what comes on standard input must be said: --format csv, jsonl or text");
    }
    // A file that is not there is a better reason than a name that says nothing.
    fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    Format::of(path).with_context(|| {
        format!(
            "the name of {} does not tell what it is: say --format csv, jsonl, text, images or video",
            path.display()
        )
    })
}

fn stream(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<CallAway>)> {
    if path.as_os_str() == "-" {
        let (pipe, call_away) = Pipe::open(io::stdin())?;
        return Ok((Box::new(pipe), Some(call_away)));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        return Ok((Box::new(file), None));
    }
    let (pipe, call_away) = Pipe::open(file)?;
    Ok((Box::new(pipe), Some(call_away)))
}

/// The folder that a file is in, or the current one.
fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests;
