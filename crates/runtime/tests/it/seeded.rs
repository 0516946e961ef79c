//! The executor that a seed determines.

mod driving;
mod ending;
mod order;
mod sets;
mod time;

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// Lets others go first, once.
pub(crate) async fn step_aside() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A light that tasks wait for, and that anybody switches on.
#[derive(Clone, Default)]
pub(crate) struct Light(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Light {
    pub(crate) fn switch_on(&self) {
        let wakers = {
            let mut light = self.0.lock().unwrap();
            light.0 = true;
            std::mem::take(&mut light.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn seen(self) {
        poll_fn(|context| {
            let mut light = self.0.lock().unwrap();
            if light.0 {
                return Poll::Ready(());
            }
            light.1.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
