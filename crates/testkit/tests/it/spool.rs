use creel_core::Spool;
use creel_core::port::{SpoolError, Ticket};
use creel_testkit::{MemorySpool, contract};

#[test]
fn the_memory_spool_keeps_the_contract() {
    let place = MemorySpool::new();
    contract::spool(|| place.reopen());
    contract::spool_out_of_room(MemorySpool::new().bounded(50), b"0123456789");
    contract::spool_too_small(MemorySpool::new().bounded(5), b"0123", b"012345");
}

#[test]
fn the_memory_spool_fails_where_it_is_told_to() {
    let mut spool = MemorySpool::new();
    let failed = || SpoolError::Failed("broken".into());
    spool.fail_append(failed());
    spool.fail_next(failed());
    spool.fail_remove(failed());
    assert!(spool.append(b"a").is_err());
    assert!(spool.next(None).is_err());
    assert!(spool.remove(Ticket(0)).is_err());
    assert_eq!(spool.next(None).unwrap(), None);
    spool.append(b"a").unwrap();
    spool.wait_until_entries(1);
}

/// Breaks one promise of a spool.
struct Broken {
    inner: MemorySpool,
    how: How,
    read: Option<Ticket>,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    RemovesOnRead,
    Truncates,
    RemovesTheOneBehind,
    RecoversNothing,
    KeepsWhatDoesNotFit,
    NeverSaysTooLarge,
}

impl Spool for Broken {
    fn append(&mut self, entry: &[u8]) -> Result<Ticket, SpoolError> {
        match self.how {
            How::Truncates => self
                .inner
                .append(entry.strip_suffix(b"\0").unwrap_or(entry)),
            How::KeepsWhatDoesNotFit => self.inner.append(entry).inspect_err(|_| {
                self.inner.append(&entry[..1]).expect("a byte fits");
            }),
            How::NeverSaysTooLarge => self.inner.append(entry).map_err(|error| match error {
                SpoolError::TooLarge(cause) => SpoolError::NoRoom(cause),
                error => error,
            }),
            _ => self.inner.append(entry),
        }
    }

    fn next(&mut self, after: Option<Ticket>) -> Result<Option<(Ticket, Vec<u8>)>, SpoolError> {
        if let (How::RemovesOnRead, Some(read)) = (self.how, self.read) {
            self.inner.remove(read)?;
        }
        let entry = self.inner.next(after)?;
        self.read = entry.as_ref().map(|(ticket, _)| *ticket);
        Ok(entry)
    }

    fn remove(&mut self, ticket: Ticket) -> Result<(), SpoolError> {
        if self.how == How::RemovesTheOneBehind
            && let Some((behind, _)) = self.inner.next(Some(ticket))?
        {
            self.inner.remove(behind)?;
        }
        self.inner.remove(ticket)
    }

    fn recovered(&self) -> u64 {
        match self.how {
            How::RecoversNothing => 0,
            _ => self.inner.recovered(),
        }
    }
}

fn check(how: How) {
    let place = MemorySpool::new();
    contract::spool(|| Broken {
        inner: place.reopen(),
        how,
        read: None,
    });
}

#[test]
#[should_panic(expected = "or reading removed some")]
fn a_spool_that_removes_what_is_read_is_found() {
    check(How::RemovesOnRead);
}

#[test]
#[should_panic(expected = "the entries are not those appended")]
fn a_spool_that_changes_bytes_is_found() {
    check(How::Truncates);
}

#[test]
#[should_panic(expected = "a removal took other entries")]
fn a_spool_that_removes_another_entry_is_found() {
    check(How::RemovesTheOneBehind);
}

#[test]
#[should_panic(expected = "the entries recovered are not those that were left")]
fn a_spool_that_forgets_what_it_recovered_is_found() {
    check(How::RecoversNothing);
}

#[test]
#[should_panic(expected = "the entries recovered are not those that were left")]
fn a_spool_that_forgets_everything_is_found() {
    contract::spool(MemorySpool::new);
}

#[test]
#[should_panic(expected = "gives old tickets again")]
fn a_spool_that_starts_its_tickets_again_is_found() {
    let (first, second) = (MemorySpool::new(), MemorySpool::new());
    let mut opens = 0;
    contract::spool(|| {
        opens += 1;
        match opens {
            1 | 2 => first.reopen(),
            _ => second.reopen(),
        }
    });
}

#[test]
#[should_panic(expected = "an entry that did not fit left something")]
fn a_spool_that_keeps_part_of_what_does_not_fit_is_found() {
    let spool = Broken {
        inner: MemorySpool::new().bounded(55),
        how: How::KeepsWhatDoesNotFit,
        read: None,
    };
    contract::spool_out_of_room(spool, b"0123456789");
}

#[test]
#[should_panic(expected = "does not say so")]
fn a_spool_that_would_have_one_wait_for_ever_is_found() {
    let spool = Broken {
        inner: MemorySpool::new().bounded(5),
        how: How::NeverSaysTooLarge,
        read: None,
    };
    contract::spool_too_small(spool, b"0123", b"012345");
}

#[test]
#[should_panic(expected = "the spool never runs out of room")]
fn a_spool_without_end_is_found() {
    contract::spool_out_of_room(MemorySpool::new(), b"");
}
