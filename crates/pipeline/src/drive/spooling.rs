//! The spool thread: carries what memory does not hold to the spool and back.

mod ahead;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use creel_core::port::{Spool, SpoolError, Ticket};
use creel_core::{BoxError, Executor};
use creel_runtime::Task;
use thiserror::Error;

use ahead::{Ahead, Next};

use super::capture::{Measure, Numbered};
use super::run::{Captured, Run, wait};
use crate::codec::Codec;
use crate::failure::Panicked;
use crate::flow::{DropReason, Place, Spooling};

/// The spool, and what is done with it.
pub(crate) struct Cellar<F> {
    spool: Box<dyn Spool>,
    codec: Arc<dyn Codec<F>>,
    weigh: Arc<Measure<F>>,
    numbered: Arc<Numbered<F>>,
    clock: Clock,
    names: HashSet<Arc<str>>,
    /// The last entry that was read of those that earlier runs have left.
    recovered: Option<Ticket>,
    /// Whether anything was appended, which is told once.
    is_in_use: bool,
    /// Whether the last append was refused, so that each spell of trouble is told once.
    is_in_trouble: bool,
}

/// What stands before each entry, and what it means.
struct Label {
    source: Arc<str>,
    at: Instant,
}

/// An entry of the spool cannot be understood.
#[derive(Debug, Error)]
#[error("the entry is not one of this program, or of another version of it")]
struct ForeignEntry;

/// What came of reading an entry.
enum Recalled<F> {
    Item(Ticket, Captured<F>, u64),
    Known(Ticket),
    Lost(Option<Ticket>),
}

impl<F> Cellar<F> {
    pub(crate) fn new(
        spool: Box<dyn Spool>,
        codec: Arc<dyn Codec<F>>,
        weigh: Arc<Measure<F>>,
        numbered: Arc<Numbered<F>>,
    ) -> Self {
        Self {
            spool,
            codec,
            weigh,
            numbered,
            clock: Clock::new(),
            names: HashSet::new(),
            recovered: None,
            is_in_use: false,
            is_in_trouble: false,
        }
    }

    /// How many entries earlier runs have left.
    pub(crate) fn recovered(&self) -> u64 {
        self.spool.recovered()
    }

    /// Appends an item whose turn has come, if there is one.
    fn keep<A, R>(&mut self, run: &Run<F, A, R>, next: Option<Next<F>>) {
        let Some(Next {
            place,
            captured,
            encoded,
        }) = next
        else {
            return;
        };
        match self.append(&captured, encoded) {
            Ok(ticket) => run.spilled(place, ticket, captured),
            Err(reason) => run.unspilled(place, captured, reason),
        }
    }

    fn append(
        &mut self,
        captured: &Captured<F>,
        encoded: Result<Vec<u8>, BoxError>,
    ) -> Result<Ticket, DropReason> {
        let appended = Panicked::catch(|| {
            let mut entry = self.clock.label(&captured.source, captured.at);
            entry.extend(encoded.map_err(SpoolError::Failed)?);
            self.spool.append(&entry)
        });
        match appended.unwrap_or_else(|panicked| Err(SpoolError::Failed(panicked.into()))) {
            Ok(ticket) => {
                self.is_in_trouble = false;
                if !std::mem::replace(&mut self.is_in_use, true) {
                    tracing::info!("the memory is full: what comes waits in the spool");
                }
                Ok(ticket)
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_in_trouble, true) {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "what does not fit in the memory is dropped");
                }
                Err(match error {
                    SpoolError::NoRoom(_) | SpoolError::TooLarge(_) => DropReason::SpoolFull,
                    SpoolError::StorageFull(_) => DropReason::DiskFull,
                    _ => DropReason::SpoolFailed,
                })
            }
        }
    }

    fn recall(&mut self, ticket: Option<Ticket>) -> Recalled<F> {
        let mut at = ticket;
        let read = Panicked::catch(|| -> Result<Recalled<F>, BoxError> {
            let after = match ticket {
                Some(Ticket(number)) => number.checked_sub(1).map(Ticket),
                None => self.recovered,
            };
            let Some((found, entry)) = self.spool.next(after)? else {
                return Ok(Recalled::Lost(ticket));
            };
            match ticket {
                Some(ticket) if ticket != found => return Ok(Recalled::Lost(Some(ticket))),
                Some(_) => {}
                None => {
                    self.recovered = Some(found);
                    at = Some(found);
                }
            }
            let (label, bytes) = self.clock.read(&entry, &mut self.names)?;
            let item = self.codec.decode(bytes)?;
            // Only an earlier run can have written a record of what is still to be done.
            if ticket.is_none() && self.codec.is_known(&item) {
                return Ok(Recalled::Known(found));
            }
            let bytes = (self.weigh)(&item);
            let Label { source, at } = label;
            let captured = Captured {
                number: (self.numbered)(&item),
                item,
                source,
                at,
            };
            Ok(Recalled::Item(found, captured, bytes))
        });
        let error = match read {
            Ok(Ok(recalled)) => return recalled,
            Ok(Err(error)) => error,
            Err(panicked) => panicked.into(),
        };
        tracing::error!(error, "what an entry of the spool held is lost");
        Recalled::Lost(at)
    }

    fn remove(&mut self, tickets: Vec<Ticket>) {
        for ticket in tickets {
            let removed = Panicked::catch(|| self.spool.remove(ticket));
            if let Err(error) =
                removed.unwrap_or_else(|panicked| Err(SpoolError::Failed(panicked.into())))
            {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "an entry that is done stays in the spool");
            }
        }
    }
}

/// Does what the flow decides about the spool, until there is nothing more.
///
/// `encoder` encodes ahead what is costly.
pub(crate) fn keep_all<F, A, R>(
    run: &Arc<Run<F, A, R>>,
    mut cellar: Cellar<F>,
    encoder: &dyn Executor<Task = Task>,
) where
    F: Send + Sync + 'static,
    A: 'static,
    R: Send + Sync + 'static,
{
    let mut ahead = Ahead::new(Arc::clone(&cellar.codec));
    loop {
        let step = if ahead.is_empty() {
            run.next_to_spool()
        } else {
            run.lock().flow.spool()
        };
        match step {
            Spooling::Append(place, captured) => {
                cellar.keep(run, ahead.push(run, encoder, place, captured));
            }
            Spooling::Recall(place, ticket) => match cellar.recall(ticket) {
                Recalled::Item(ticket, captured, bytes) => {
                    run.recalled(place, ticket, captured, bytes);
                }
                Recalled::Known(ticket) => run.known(place, ticket),
                Recalled::Lost(ticket) => run.unrecalled(place, ticket),
            },
            Spooling::Remove(tickets) => cellar.remove(tickets),
            Spooling::Wait => cellar.keep(run, ahead.next()),
            Spooling::Finished => break,
        }
    }
    if let Err(panicked) = Panicked::catch(|| drop(cellar)) {
        tracing::error!(%panicked, "the spool could not be dropped");
    }
}

impl<F, A, R> Run<F, A, R> {
    /// Earlier runs have left so many entries.
    pub(crate) fn recovered(&self, count: u64) {
        self.told(|flow| flow.recovered(count));
    }

    /// Blocks for something to do.
    fn next_to_spool(&self) -> Spooling<Captured<F>> {
        let mut state = self.lock();
        loop {
            match state.flow.spool() {
                Spooling::Wait => state = wait(&self.shelf, state),
                step => break step,
            }
        }
    }

    fn spilled(&self, place: Place, ticket: Ticket, captured: Captured<F>) {
        self.told(|flow| flow.spilled(place, ticket));
        // The sink thread may have waited for this alone.
        self.ready.notify_one();
        drop(captured);
    }

    fn unspilled(&self, place: Place, captured: Captured<F>, reason: DropReason) {
        let dropped = self.told(|flow| flow.unspilled(place, captured, reason));
        self.work.notify_one();
        self.ready.notify_one();
        self.note(vec![dropped]);
    }

    fn recalled(&self, place: Place, ticket: Ticket, captured: Captured<F>, bytes: u64) {
        let unwanted = self.told(|flow| flow.recalled(place, ticket, captured, bytes));
        self.work.notify_one();
        drop(unwanted);
    }

    fn known(&self, place: Place, ticket: Ticket) {
        self.told(|flow| flow.known(place, ticket));
        self.work.notify_one();
        self.ready.notify_one();
    }

    fn unrecalled(&self, place: Place, ticket: Option<Ticket>) {
        self.told(|flow| flow.unrecalled(place, ticket));
        self.work.notify_one();
        self.ready.notify_one();
    }
}

/// The two clocks, read together: what is written down by the one is measured by the other.
#[derive(Clone, Copy)]
struct Clock {
    wall: SystemTime,
    monotonic: Instant,
}

/// The form of the labels.
const VERSION: u8 = 1;

impl Clock {
    fn new() -> Self {
        Self {
            wall: SystemTime::now(),
            monotonic: Instant::now(),
        }
    }

    /// A label: a version, the time of capture in nanoseconds since 1970, and the name of the source behind its length.
    fn label(&self, source: &str, at: Instant) -> Vec<u8> {
        let wall = match at.checked_duration_since(self.monotonic) {
            Some(later) => self.wall + later,
            None => self.wall - self.monotonic.saturating_duration_since(at),
        };
        let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Good until the year 2554.
        let nanoseconds = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        // A name that does not fit is cut, wherever that is; it is read as it can be.
        let name = &source.as_bytes()[..source.len().min(usize::from(u16::MAX))];
        let mut label = vec![VERSION];
        label.extend(nanoseconds.to_le_bytes());
        label.extend((name.len() as u16).to_le_bytes());
        label.extend(name);
        label
    }

    /// Reads the label of an entry, and gives what is behind it.
    fn read<'a>(
        &self,
        entry: &'a [u8],
        names: &mut HashSet<Arc<str>>,
    ) -> Result<(Label, &'a [u8]), ForeignEntry> {
        let (&[version], rest) = entry.split_first_chunk().ok_or(ForeignEntry)?;
        let (nanoseconds, rest) = rest.split_first_chunk().ok_or(ForeignEntry)?;
        let (length, rest) = rest.split_first_chunk().ok_or(ForeignEntry)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (name, bytes) = rest.split_at_checked(length).ok_or(ForeignEntry)?;
        if version != VERSION {
            return Err(ForeignEntry);
        }
        let wall = UNIX_EPOCH + Duration::from_nanos(u64::from_le_bytes(*nanoseconds));
        let at = match wall.duration_since(self.wall) {
            Ok(later) => self.monotonic + later,
            // A time before the machine was started may be none of this clock.
            Err(earlier) => self
                .monotonic
                .checked_sub(earlier.duration())
                .unwrap_or(self.monotonic),
        };
        let name = String::from_utf8_lossy(name);
        let source = match names.get(&*name) {
            Some(known) => Arc::clone(known),
            None => {
                let source = Arc::<str>::from(name);
                names.insert(Arc::clone(&source));
                source
            }
        };
        Ok((Label { source, at }, bytes))
    }
}

#[cfg(test)]
mod tests;
