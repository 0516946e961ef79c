//! A camera that is faster than the model: which frames are answered, which are dropped, and does it add up?
//!
//! ```sh
//! cargo run -p creel-pipeline --example keep_up
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use creel_core::port::{ServiceError, SinkError, SourceError};
use creel_core::{Context, Service, Sink, Source};
use creel_pipeline::{Outcome, Pipeline, Policy, Settings};
use creel_runtime::ThreadPool;

/// A frame each ten milliseconds.
struct Camera {
    frames: std::ops::Range<u64>,
}

impl Source for Camera {
    type Item = u64;

    fn next(&mut self, _: &Context) -> Result<Option<u64>, SourceError> {
        thread::sleep(Duration::from_millis(10));
        Ok(self.frames.next())
    }
}

/// Takes forty milliseconds for each frame.
struct Model;

impl Service<u64> for Model {
    type Response = &'static str;

    async fn call(&self, frame: u64, _: &Context) -> Result<&'static str, ServiceError> {
        thread::sleep(Duration::from_millis(40));
        if frame == 1 {
            return Err(ServiceError::Rejected("out of focus".into()));
        }
        Ok("a cat")
    }
}

struct Terminal;

impl Sink<String> for Terminal {
    fn write(&mut self, line: &String, _: &Context) -> Result<(), SinkError> {
        println!("{line}");
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let two = NonZeroUsize::new(2).ok_or("two is not zero")?;
    let pool = Arc::new(ThreadPool::builder().max_workers(2).build()?);
    let running = Pipeline::new(
        Model,
        |frame: &u64| Ok(*frame),
        |frame: &u64, outcome, passage| match outcome {
            Outcome::Answered(answer) => {
                format!("frame {frame}: {answer} after {:.0?}", passage.latency)
            }
            Outcome::Failed(failure) => format!("frame {frame}: failed, {}", failure.chain()),
            Outcome::Dropped(reason) => format!("frame {frame}: dropped, {reason}"),
        },
    )
    .settings(Settings {
        policy: Policy::DropOldest,
        items: two,
        window: two,
        ..Settings::default()
    })
    .source("camera", Camera { frames: 0..30 })
    .sink("terminal", Terminal)
    .start(pool)?;

    let summary = running.join()?;
    println!("{}", summary.ledger);
    println!(
        "{:.1} frames per second, latency p50 {:.0?} p99 {:.0?}",
        summary.rate(),
        summary.latency.p50,
        summary.latency.p99
    );
    Ok(())
}
