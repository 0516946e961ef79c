//! Prompts, one a line.

use std::io::{self, Read};

use creel_protocols::Payload;

use crate::{Found, Items, Lines, Passed};

/// The lines of a text as prompts; the id of a prompt is its line.
#[derive(Debug)]
pub struct Prompts<R> {
    lines: Lines<R>,
}

impl<R: Read> Prompts<R> {
    /// Prompts in a text; nothing is read yet.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader),
        }
    }
}

impl<R: Read> Items for Prompts<R> {
    fn next(&mut self) -> io::Result<Option<Found>> {
        let line = self.lines.next()?;
        Ok(line.map(|line| Found::on(line, |text, _| Ok(Payload::Text(text.to_owned())))))
    }

    fn pass(&mut self) -> io::Result<Option<Passed>> {
        Ok(self.lines.next()?.map(Passed::from))
    }
}
