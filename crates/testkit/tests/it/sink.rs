use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_testkit::{Gate, MemorySink, contract};

fn make() -> (MemorySink<usize>, impl FnMut() -> Vec<usize>) {
    let sink = MemorySink::new();
    let place = sink.clone();
    (sink, move || place.items())
}

fn identity(number: usize) -> usize {
    number
}

#[test]
fn the_memory_sink_keeps_the_contract() {
    contract::sink(make, identity);
    let place = MemorySink::keyed(usize::to_string);
    contract::sink_recovers(|| place.reopen(), identity, usize::to_string);
}

#[test]
fn the_bounded_memory_sink_keeps_the_contract() {
    contract::sink_out_of_room(
        || {
            let (sink, items) = make();
            let place = sink.clone();
            let make_room = Box::new(move || place.make_room(2)) as Box<dyn FnMut()>;
            (sink.bounded(5), items, make_room)
        },
        identity,
    );
}

#[test]
fn the_memory_sink_fails_where_it_is_told_to() {
    let mut sink = MemorySink::new();
    let context = Context::new();
    sink.fail_write(SinkError::Unavailable("nobody there".into()));
    sink.fail_flush(SinkError::Failed("broken".into()));
    assert!(sink.write(&1, &context).unwrap_err().is_transient());
    sink.write(&2, &context).unwrap();
    assert!(!sink.flush().unwrap_err().is_transient());
    assert_eq!((sink.written(), sink.durable(), sink.flushes()), (1, 0, 0));
    sink.flush().unwrap();
    assert_eq!((sink.written(), sink.durable(), sink.flushes()), (1, 1, 1));
    assert_eq!(sink.items(), [2]);
}

#[test]
fn the_memory_sink_blocks_at_its_gate() {
    let gate = Gate::closed();
    let mut sink = MemorySink::new().behind(&gate);
    let place = sink.clone();
    let thread = std::thread::spawn(move || sink.write(&1, &Context::new()));
    gate.wait_until_reached(1);
    assert_eq!(place.written(), 0);
    gate.open();
    place.wait_until_written(1);
    thread.join().unwrap().unwrap();
}

/// Breaks one promise of a sink.
struct Broken {
    inner: MemorySink<usize>,
    how: How,
    held: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    LosesOnFlush,
    Reorders,
    LeavesRejected,
    RecoversOwn,
    RecoversReversed,
    SaysFailedForNoRoom,
}

impl Sink<usize> for Broken {
    fn write(&mut self, item: &usize, context: &Context) -> Result<(), SinkError> {
        match self.how {
            How::LosesOnFlush => return Ok(()),
            How::Reorders => {
                self.held.insert(0, *item);
                return Ok(());
            }
            How::LeavesRejected if *item == 1_000 => {
                self.inner.write(item, context)?;
                return Err(SinkError::Rejected("too large".into()));
            }
            _ => {}
        }
        self.inner
            .write(item, context)
            .map_err(|error| match error {
                SinkError::NoRoom(cause) if self.how == How::SaysFailedForNoRoom => {
                    SinkError::Failed(cause)
                }
                error => error,
            })
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        for item in self.held.drain(..) {
            self.inner.write(&item, &Context::new())?;
        }
        self.inner.flush()
    }

    fn recovered(&mut self) -> Result<Vec<String>, SinkError> {
        match self.how {
            How::RecoversOwn => self.inner.reopen().recovered(),
            How::RecoversReversed => {
                let mut keys = self.inner.recovered()?;
                keys.reverse();
                Ok(keys)
            }
            _ => self.inner.recovered(),
        }
    }
}

fn broken(how: How) -> (Broken, impl FnMut() -> Vec<usize>) {
    let (inner, items) = make();
    let held = Vec::new();
    (Broken { inner, how, held }, items)
}

fn recovers(how: How) {
    let place = MemorySink::keyed(usize::to_string);
    let open = || Broken {
        inner: place.reopen(),
        how,
        held: Vec::new(),
    };
    contract::sink_recovers(open, identity, usize::to_string);
}

#[test]
#[should_panic(expected = "flushed items are not what was written")]
fn a_sink_that_loses_items_is_found() {
    contract::sink(|| broken(How::LosesOnFlush), identity);
}

#[test]
#[should_panic(expected = "flushed items are not what was written, in order")]
fn a_sink_that_changes_the_order_is_found() {
    contract::sink(|| broken(How::Reorders), identity);
}

#[test]
#[should_panic(expected = "a rejected item left something")]
fn a_sink_that_keeps_what_it_rejected_is_found() {
    contract::sink_rejects(|| broken(How::LeavesRejected), identity, &1_000);
}

#[test]
#[should_panic(expected = "a bad item is taken")]
fn a_sink_that_rejects_nothing_is_found() {
    contract::sink_rejects(make, identity, &1_000);
}

#[test]
#[should_panic(expected = "from before the sink was opened")]
fn a_sink_that_recovers_what_it_wrote_itself_is_found() {
    recovers(How::RecoversOwn);
}

#[test]
#[should_panic(expected = "not those of what was there, in order")]
fn a_sink_that_recovers_out_of_order_is_found() {
    recovers(How::RecoversReversed);
}

#[test]
#[should_panic(expected = "a full sink does not say so")]
fn a_sink_that_names_the_wrong_error_is_found() {
    contract::sink_out_of_room(
        || {
            let (mut sink, items) = broken(How::SaysFailedForNoRoom);
            sink.inner = sink.inner.bounded(3);
            (sink, items, Box::new(|| {}) as Box<dyn FnMut()>)
        },
        identity,
    );
}
