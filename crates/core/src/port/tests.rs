use std::time::{Duration, Instant};

use super::{Alarm, BoxError, Context, ServiceError, Sink, SinkError, SourceError, SpoolError};

#[expect(
    clippy::disallowed_methods,
    reason = "any instant will do, and there is no other way to name one"
)]
pub(crate) fn some_time() -> Instant {
    Instant::now()
}

fn cause() -> BoxError {
    "the outside".into()
}

#[test]
fn a_request_may_be_sent_again_where_the_server_may_answer_later() {
    let throttled = ServiceError::Throttled {
        retry_after: None,
        source: cause(),
    };
    for (error, is_transient) in [
        (ServiceError::Unavailable(cause()), true),
        (ServiceError::TimedOut(cause()), true),
        (throttled, true),
        (ServiceError::Rejected(cause()), false),
        (ServiceError::Failed(cause()), false),
        (ServiceError::Malformed(cause()), false),
        (ServiceError::Cancelled, false),
    ] {
        assert_eq!(error.is_transient(), is_transient, "{error:?}");
    }
}

#[test]
fn a_source_may_be_asked_again_unless_it_failed() {
    for (error, is_transient) in [
        (SourceError::Item(cause()), true),
        (SourceError::Disconnected(cause()), true),
        (SourceError::Failed(cause()), false),
    ] {
        assert_eq!(error.is_transient(), is_transient, "{error:?}");
    }
}

#[test]
fn a_write_may_be_tried_again_where_room_or_a_connection_is_missing() {
    for (error, is_transient) in [
        (SinkError::NoRoom(cause()), true),
        (SinkError::Unavailable(cause()), true),
        (
            SinkError::Throttled {
                retry_after: None,
                source: cause(),
            },
            true,
        ),
        (SinkError::Rejected(cause()), false),
        (SinkError::Failed(cause()), false),
    ] {
        assert_eq!(error.is_transient(), is_transient, "{error:?}");
    }
}

#[test]
fn an_entry_may_be_spooled_again_where_room_is_missing() {
    assert!(SpoolError::NoRoom(cause()).is_transient());
    assert!(SpoolError::StorageFull(cause()).is_transient());
    assert!(!SpoolError::TooLarge(cause()).is_transient());
    assert!(!SpoolError::Failed(cause()).is_transient());
}

#[test]
fn a_sink_without_a_memory_has_recovered_nothing() {
    struct Forgetful;

    impl Sink<()> for Forgetful {
        fn write(&mut self, (): &(), _context: &Context) -> Result<(), SinkError> {
            Ok(())
        }

        fn flush(&mut self) -> Result<(), SinkError> {
            Ok(())
        }
    }

    assert_eq!(Forgetful.recovered().unwrap(), Vec::<String>::new());
}

#[test]
fn alarms_are_ordered_by_their_times_and_then_by_their_numbers() {
    let (sooner, later) = (some_time(), some_time() + Duration::from_secs(1));
    let mut alarms = [
        Alarm::new(later, 5),
        Alarm::new(sooner, 7),
        Alarm::new(sooner, 6),
    ];
    alarms.sort();
    let told = alarms.map(|alarm| (alarm.when(), alarm.number()));
    assert_eq!(told, [(sooner, 6), (sooner, 7), (later, 5)]);
}
