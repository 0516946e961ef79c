//! The events of a trace, in the JSON array format: one a line, whose closing bracket may be missing.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_pipeline::{End, Life};
use serde::Serialize;

/// The one process that there is.
const PROCESS: u32 = 1;

/// The threads of the run that are no workers, first in the list.
const CAPTURE: u32 = 1;
const SUBMISSION: u32 = 2;
const SINK: u32 = 3;
const WORKERS: u32 = 4;

/// Writes the events of lives.
pub(super) struct Events<W> {
    out: W,
    start: Instant,
    /// The numbers of the workers, by their names.
    workers: HashMap<Arc<str>, u32>,
    is_first: bool,
    line: Vec<u8>,
}

/// An event; what it does not have is not written.
#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    #[serde(rename = "cat")]
    category: &'a str,
    #[serde(rename = "ph")]
    phase: &'a str,
    /// In microseconds since the start.
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id2: Option<Local>,
    /// Where an arrow ends: at the slice around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'a str>,
    /// How far an instant is seen: on its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Arguments<'a>>,
}

/// An id that means something in this process alone, so that what has it is shown as a part of that.
#[derive(Serialize)]
struct Local {
    local: String,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Arguments<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'a str>,
}

impl<W: Write> Events<W> {
    /// Begins the document, and names the threads that are no workers.
    pub(super) fn begin(out: W, start: Instant) -> io::Result<Self> {
        let mut events = Self {
            out,
            start,
            workers: HashMap::new(),
            is_first: true,
            line: Vec::new(),
        };
        events.name("process_name", 0, "creel")?;
        for (thread, name) in [
            (CAPTURE, "capture"),
            (SUBMISSION, "submission"),
            (SINK, "sinks"),
        ] {
            events.name("thread_name", thread, name)?;
        }
        Ok(events)
    }

    /// Writes all that is known of a life.
    pub(super) fn life(&mut self, life: &Life) -> io::Result<()> {
        let end = match life.end {
            End::Answered => "answered",
            End::Failed => "failed",
            End::Dropped(reason) => reason.as_str(),
        };
        let told = Arguments {
            source: Some(&life.source),
            frame: Some(life.number),
            end: Some(end),
            ..Arguments::default()
        };
        let id = life.place.0;
        self.span("frame", id, life.captured, life.over, told)?;
        if let End::Dropped(_) = life.end {
            let event = self.event(end, "dropped", "i", CAPTURE, life.over);
            self.put(&Event {
                s: Some("t"),
                args: Some(told),
                ..event
            })?;
        }
        let on = self.worker(life.prepared_on.as_ref())?;
        if let (Some(submitted), Some(begun)) = (life.submitted, life.begun) {
            self.span("queue", id, submitted, begun, told)?;
            self.slice("submit", SUBMISSION, submitted, submitted, told)?;
            let event = self.event("queue", "wait", "s", SUBMISSION, submitted);
            let id = Some(id);
            self.put(&Event { id, ..event })?;
            let event = self.event("queue", "wait", "f", on, begun);
            let bp = Some("e");
            self.put(&Event { id, bp, ..event })?;
        }
        if let (Some(begun), Some(prepared)) = (life.begun, life.prepared) {
            self.slice("prepare", on, begun, prepared, told)?;
        }
        if let (Some(prepared), Some(answered)) = (life.prepared, life.answered) {
            if life.suspended {
                self.span("service", id, prepared, answered, told)?;
            } else {
                self.slice("service", on, prepared, answered, told)?;
            }
        }
        if let (Some(made), Some(recorded)) = (life.answered.or(life.prepared), life.recorded) {
            let on = self.worker(life.recorded_on.as_ref())?;
            self.slice("record", on, made, recorded, told)?;
        }
        if let Some(taken) = life.taken {
            self.slice("write", SINK, taken, life.over, told)?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the document.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]\n")?;
        Ok(self.out)
    }

    /// The number of a worker, which is named when it is first seen.
    fn worker(&mut self, name: Option<&Arc<str>>) -> io::Result<u32> {
        let Some(name) = name else {
            return Ok(WORKERS);
        };
        if let Some(thread) = self.workers.get(name) {
            return Ok(*thread);
        }
        // No run has so many.
        let thread = WORKERS.saturating_add(self.workers.len() as u32);
        self.workers.insert(Arc::clone(name), thread);
        self.name("thread_name", thread, name)?;
        Ok(thread)
    }

    fn name(&mut self, kind: &str, thread: u32, name: &str) -> io::Result<()> {
        let event = self.event(kind, "", "M", thread, self.start);
        self.put(&Event {
            args: Some(Arguments {
                name: Some(name),
                ..Arguments::default()
            }),
            ..event
        })
    }

    /// Something that a thread did.
    fn slice(
        &mut self,
        name: &str,
        thread: u32,
        from: Instant,
        to: Instant,
        told: Arguments<'_>,
    ) -> io::Result<()> {
        let event = self.event(name, "stage", "X", thread, from);
        self.put(&Event {
            dur: Some(microseconds(to.saturating_duration_since(from))),
            args: Some(told),
            ..event
        })
    }

    /// Something that an item did, beside others and on no thread.
    fn span(
        &mut self,
        name: &str,
        id: u64,
        from: Instant,
        to: Instant,
        told: Arguments<'_>,
    ) -> io::Result<()> {
        for (phase, at, args) in [("b", from, Some(told)), ("e", to, None)] {
            let event = self.event(name, name, phase, SUBMISSION, at);
            let local = format!("{id:#x}");
            let id2 = Some(Local { local });
            self.put(&Event { id2, args, ..event })?;
        }
        Ok(())
    }

    fn event<'a>(
        &self,
        name: &'a str,
        category: &'a str,
        phase: &'a str,
        thread: u32,
        at: Instant,
    ) -> Event<'a> {
        Event {
            name,
            category,
            phase,
            ts: self.microseconds(at),
            dur: None,
            pid: PROCESS,
            tid: thread,
            id: None,
            id2: None,
            bp: None,
            s: None,
            args: None,
        }
    }

    /// What came before the start, from an earlier run, counts from there.
    fn microseconds(&self, at: Instant) -> f64 {
        microseconds(at.saturating_duration_since(self.start))
    }

    fn put(&mut self, event: &Event<'_>) -> io::Result<()> {
        let before: &[u8] = if self.is_first { b"[\n" } else { b",\n" };
        self.is_first = false;
        // In one piece, so that a run that is killed leaves no part of an event.
        self.line.clear();
        self.line.extend(before);
        serde_json::to_writer(&mut self.line, event)?;
        self.out.write_all(&self.line)
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
