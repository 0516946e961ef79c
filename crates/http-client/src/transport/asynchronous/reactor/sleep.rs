//! Waiting for a time.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

use super::Reactor;

/// Is ready once a time has come.
pub(in super::super) struct Sleep {
    reactor: Arc<Reactor>,
    until: Instant,
    alarm: Option<Alarm>,
}

/// A time passed before something was ready.
#[derive(Debug)]
pub(in super::super) struct Elapsed;

impl Sleep {
    pub(in super::super) fn new(reactor: &Arc<Reactor>, until: Instant) -> Self {
        Self {
            reactor: Arc::clone(reactor),
            until,
            alarm: None,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let waker = task.waker();
        match self.alarm {
            Some(alarm) if self.reactor.timers.renew(alarm, waker) => Poll::Pending,
            // It has gone off.
            Some(_) => Poll::Ready(()),
            None if self.until <= Instant::now() => Poll::Ready(()),
            None => {
                let (alarm, is_news) = self.reactor.timers.set(self.until, waker.clone());
                self.alarm = Some(alarm);
                if is_news {
                    self.reactor.rouse();
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(alarm) = self.alarm {
            self.reactor.timers.forget(alarm);
        }
    }
}

/// Waits for something no longer than the limit.
pub(in super::super) async fn timeout<F: Future>(
    reactor: &Arc<Reactor>,
    limit: Duration,
    mut something: Pin<&mut F>,
) -> Result<F::Output, Elapsed> {
    let mut end = Sleep::new(reactor, Instant::now() + limit);
    poll_fn(|task| {
        if let Poll::Ready(output) = something.as_mut().poll(task) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(&mut end).poll(task).map(|()| Err(Elapsed))
    })
    .await
}
