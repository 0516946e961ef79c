use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::JsonLines;
use creel_testkit::{Watched, contract};
use serde_json::value::RawValue;

use crate::{Record, flush, record, recovered, write};

/// A pipe whose reader is a test: it takes so many bytes, and then fails.
#[derive(Clone, Default)]
struct Pipe(Arc<Watched<(Vec<u8>, Option<usize>)>>);

/// A writer that has room for any line, and fails when it is flushed.
struct FailsToFlush(io::ErrorKind);

impl Write for FailsToFlush {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

/// A writer whose every other write is interrupted by a signal.
#[derive(Default)]
struct Interrupted {
    taken: Vec<u8>,
    calls: usize,
}

impl Write for &mut Interrupted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls % 2 == 1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.taken.push(bytes[0]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that would have to wait.
struct Busy;

impl Write for Busy {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.change(|(taken, room)| {
            let length = bytes.len().min(room.unwrap_or(usize::MAX));
            if length == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            if let Some(room) = room {
                *room -= length;
            }
            taken.extend(&bytes[..length]);
            Ok(length)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    fn sink(&self) -> JsonLines<Self> {
        JsonLines::stream(self.clone(), "the pipe")
    }

    fn set_room(&self, bytes: Option<usize>) {
        self.0.change(|(_, room)| *room = bytes);
    }

    fn records(&self) -> Vec<Record> {
        self.0.read(|(taken, _)| {
            serde_json::Deserializer::from_slice(taken)
                .into_iter()
                .map(Result::unwrap)
                .collect()
        })
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let messages: Vec<_> = causes.map(ToString::to_string).collect();
    messages.join(": ")
}

#[test]
fn a_stream_keeps_the_contract() {
    contract::sink(
        || {
            let pipe = Pipe::default();
            (pipe.sink(), move || pipe.records())
        },
        record,
    );
}

#[test]
fn a_stream_remembers_nothing() {
    let pipe = Pipe::default();
    write(&mut pipe.sink(), 0).unwrap();
    assert!(recovered(&mut pipe.sink()).is_empty());
}

#[test]
fn a_stream_that_fails_in_the_middle_of_a_record_goes_on_there() {
    let pipe = Pipe::default();
    let mut sink = pipe.sink();
    pipe.set_room(Some(5));
    write(&mut sink, 0).unwrap();
    for outcome in [write(&mut sink, 1), flush(&mut sink)] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
    }
    pipe.set_room(None);
    write(&mut sink, 2).unwrap();
    assert_eq!(pipe.records(), [record(0), record(2)]);
}

#[test]
fn a_pipe_without_a_reader_is_named() {
    let (reader, writer) = io::pipe().unwrap();
    let mut sink = JsonLines::stream(writer, "the standard output");
    write(&mut sink, 0).unwrap();
    drop(reader);
    let error = write(&mut sink, 1).unwrap_err();
    assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
    contract::error(&error);
    let said = chain(&error);
    assert!(
        said.contains("the standard output: whoever read it is gone"),
        "{said}"
    );
}

#[test]
fn a_buffered_pipe_without_a_reader_is_named_when_it_is_flushed() {
    let check = |kind, expected: &str| {
        let mut sink = JsonLines::stream(FailsToFlush(kind), "the socket");
        write(&mut sink, 0).unwrap();
        let error = flush(&mut sink).unwrap_err();
        assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
        contract::error(&error);
        let said = chain(&error);
        assert!(said.contains(expected), "{said}");
    };
    check(
        io::ErrorKind::BrokenPipe,
        "the socket: whoever read it is gone",
    );
    check(
        io::ErrorKind::ConnectionReset,
        "cannot make the socket durable",
    );
}

#[test]
fn a_signal_in_the_middle_of_a_record_harms_nothing() {
    let mut writer = Interrupted::default();
    let mut sink = JsonLines::stream(&mut writer, "the pipe");
    write(&mut sink, 0).unwrap();
    let written: Record = serde_json::from_slice(&writer.taken).unwrap();
    assert_eq!(written, record(0));
}

#[test]
fn a_writer_that_would_have_to_wait_may_take_the_record_later() {
    let mut sink = JsonLines::stream(Busy, "the pipe");
    for outcome in [write(&mut sink, 0), flush(&mut sink)] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, SinkError::Unavailable(_)), "{error:?}");
        contract::error(&error);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_has_no_room_and_says_which() {
    let device = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let by_writer = JsonLines::stream(device, "/dev/full");
    let check = |sink: &mut dyn Sink<Record>| {
        for number in 0..2 {
            let error = sink.write(&record(number), &Context::new()).unwrap_err();
            assert!(matches!(error, SinkError::NoRoom(_)), "{error:?}");
            contract::error(&error);
            let said = chain(&error);
            assert!(said.contains("/dev/full; make room"), "{said}");
        }
        sink.flush().unwrap();
    };
    let mut by_writer = by_writer;
    check(&mut by_writer);
    check(&mut JsonLines::create("/dev/full").unwrap());
    check(&mut JsonLines::append("/dev/full", crate::id).unwrap());
}

#[test]
fn json_that_is_passed_on_over_several_lines_becomes_one() {
    let raw = RawValue::from_string("{\n  \"a\": [1,\r\n 2]\n}".to_owned()).unwrap();
    let pipe = Pipe::default();
    let mut sink = pipe.sink();
    sink.write(&raw, &Context::new()).unwrap();
    sink.write(&raw, &Context::new()).unwrap();
    pipe.0.read(|(taken, _)| {
        let lines: Vec<_> = taken.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 2);
        for line in lines {
            let value: serde_json::Value = serde_json::from_slice(line).unwrap();
            assert_eq!(value, serde_json::json!({"a": [1, 2]}));
        }
    });
}

#[test]
fn a_record_that_could_not_be_read_back_is_not_written() {
    let pipe = Pipe::default();
    let mut sink = pipe.sink();
    let long = RawValue::from_string(format!("\"{}\"", "x".repeat(64 << 20))).unwrap();
    let error = sink.write(&long, &Context::new()).unwrap_err();
    assert!(matches!(error, SinkError::Rejected(_)), "{error:?}");
    // The text, its quotes and the newline.
    let length = (64 << 20) + 3;
    let said = chain(&error);
    assert!(said.contains(&format!("{length} bytes")), "{said}");
    contract::error(&error);
    write(&mut sink, 1).unwrap();
    assert_eq!(pipe.records(), [record(1)]);
}
