//! Whole lines to a writer.

use std::io::{self, Write};

use creel_core::port::SinkError;

use crate::fault::Fault;
use crate::turning::Turning;
use crate::{OpenError, RecordFile, Rotation};

/// A line with its newline is no longer than this, so that reading one back takes bounded memory.
pub(crate) const LINE_BYTES_MAX: usize = 64 << 20;

/// Gives a writer whole lines, each in a `write` of its own; the buffer of a line is used again.
pub(crate) struct LineWriter<W> {
    writer: W,
    name: String,
    line: Vec<u8>,
    /// How much of `line` the writer has taken. Only a stream ever stops in the middle of one.
    sent: usize,
}

impl<W: Write> LineWriter<W> {
    pub(crate) fn new(writer: W, name: String) -> Self {
        Self {
            writer,
            name,
            line: Vec::new(),
            sent: 0,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Writes the line that `compose` puts into an empty buffer, without its newline.
    pub(crate) fn write(
        &mut self,
        compose: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), SinkError> {
        self.send()?;
        self.forget();
        if let Err(fault) = compose(&mut self.line).and_then(|()| self.close()) {
            self.forget();
            return Err(fault.into());
        }
        match self.send() {
            Err(fault) if self.sent == 0 => {
                self.forget();
                Err(fault.into())
            }
            // The reader has the beginning of this line: it is kept, and the next call meets the error.
            _ => Ok(()),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), SinkError> {
        self.send()?;
        self.writer
            .flush()
            .map_err(|error| Fault::flushing(&self.name, error).into())
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.line.len() >= LINE_BYTES_MAX {
            return Err(Fault::TooLong(self.line.len() + 1));
        }
        // A record is one line: white space is as good as a newline outside of the strings of JSON, where there is none,
        // and in a table.
        for byte in &mut self.line {
            if *byte == b'\n' {
                *byte = b' ';
            }
        }
        self.line.push(b'\n');
        Ok(())
    }

    fn send(&mut self) -> Result<(), Fault> {
        while self.sent < self.line.len() {
            match self.writer.write(&self.line[self.sent..]) {
                Ok(0) => return Err(Fault::writing(&self.name, io::ErrorKind::WriteZero.into())),
                Ok(taken) => self.sent += taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::writing(&self.name, error)),
            }
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.line.clear();
        self.sent = 0;
    }
}

impl LineWriter<RecordFile> {
    pub(crate) fn file(&self) -> &RecordFile {
        &self.writer
    }

    pub(crate) fn file_mut(&mut self) -> &mut RecordFile {
        &mut self.writer
    }

    /// Has the file closed and another one begun, as is said.
    pub(crate) fn rotate(&mut self, rotation: Rotation) -> Result<(), OpenError> {
        if !rotation.is_asked_for() {
            return Ok(());
        }
        let Some(parts) = self.writer.parts() else {
            return Err(OpenError::NoFile {
                path: self.name.clone().into(),
            });
        };
        let turning = Turning::begin(parts, rotation)?;
        self.writer.turn(turning);
        Ok(())
    }

    /// Puts these lines in place of all that are in the file, and makes them durable.
    pub(crate) fn replace(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        self.forget();
        self.writer
            .replace(lines)
            .map_err(|error| Fault::writing(&self.name, error).into())
    }
}
