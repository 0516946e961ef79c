//! A device that was opened, with the buffers that its driver fills.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use creel_core::Context;
use rustix::time::{ClockId, clock_gettime};

use super::bell::Bell;
use super::kernel::{Buffer, Buffers, Node};
use super::{Mode, Settings, V4l2Error, controls, timeline};

/// An open device, which is ours alone until this is dropped.
#[derive(Debug)]
pub(super) struct Session {
    mode: Mode,
    stall: Duration,
    buffers: Buffers,
    bell: Bell,
}

impl Session {
    /// Opens a device, and tells it what it is to give.
    pub(super) fn open(settings: &Settings) -> Result<Self, V4l2Error> {
        let path = settings.device.as_path();
        let refused = |what| move |source| V4l2Error::refused(path, what, source);
        let node = Node::open(path).map_err(refused("to be opened"))?;
        let mode = Mode::agree(&node, settings)?;
        controls::set(&node, path, &settings.controls)?;
        Ok(Self {
            mode,
            stall: settings.stall.unwrap_or_else(|| patience(mode.fps)),
            buffers: Buffers::request(node, BUFFERS).map_err(refused("buffers"))?,
            bell: Bell::new().map_err(refused("to be waited for"))?,
        })
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Blocks until the driver has filled a buffer, and shows what it tells and what it wrote; `None` when the caller asked
    /// to stop.
    pub(super) fn next<T>(
        &mut self,
        path: &Path,
        context: &Context,
        look: impl FnOnce(Filled, &[u8]) -> T,
    ) -> Result<Option<T>, V4l2Error> {
        let was_streaming = self.buffers.is_streaming();
        self.buffers.stream().map_err(|source| {
            if was_streaming {
                broken(path, source)
            } else {
                V4l2Error::refused(path, "to stream", source)
            }
        })?;
        let due = Instant::now() + self.stall;
        let mut look = Some(look);
        loop {
            let left = due.saturating_duration_since(Instant::now());
            let has_something = self
                .bell
                .wait(&self.buffers, left, context)
                .map_err(|source| broken(path, source))?;
            if context.is_cancelled() {
                return Ok(None);
            }
            if has_something {
                let seen = self.buffers.next(|buffer, used| {
                    let look = look.take().expect("a buffer is looked at once");
                    look(Filled::of(buffer), used)
                });
                match seen {
                    Ok(seen) => return Ok(Some(seen)),
                    // It was something else than a picture.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(source) => return Err(broken(path, source)),
                }
            }
            if left.is_zero() {
                return Err(V4l2Error::Stalled {
                    device: path.to_owned(),
                    after: self.stall,
                });
            }
        }
    }
}

/// What the driver tells of a buffer that it filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filled {
    pub(super) sequence: u32,
    /// How long ago the picture was taken.
    pub(super) age: Duration,
    pub(super) is_spoilt: bool,
}

impl Filled {
    fn of(buffer: &Buffer) -> Self {
        const SPOILT: u32 = 0x0040;
        Self {
            sequence: buffer.sequence,
            age: age(buffer),
            is_spoilt: buffer.flags & SPOILT != 0,
        }
    }
}

/// What the driver has to fill, while one is copied from.
const BUFFERS: u32 = 4;

/// How long a device may give nothing unless told otherwise.
fn patience(fps: Option<f64>) -> Duration {
    const LEAST: Duration = Duration::from_secs(3);
    let frames = fps.map(|fps| Duration::from_secs_f64((4.0 / fps).min(3600.0)));
    frames.map_or(LEAST, |frames| frames.max(LEAST))
}

/// How old a picture is by its stamp, if that is of the clock that never runs backwards.
fn age(buffer: &Buffer) -> Duration {
    const CLOCKS: u32 = 0xE000;
    const MONOTONIC: u32 = 0x2000;
    if buffer.flags & CLOCKS != MONOTONIC {
        return Duration::ZERO;
    }
    let now = clock_gettime(ClockId::Monotonic);
    let now = Duration::try_from(now).unwrap_or_default();
    let seconds = u64::try_from(buffer.seconds).unwrap_or(0);
    let microseconds = u64::try_from(buffer.microseconds).unwrap_or(0);
    let stamp = Duration::from_secs(seconds) + Duration::from_micros(microseconds);
    timeline::age(now, stamp)
}

fn broken(path: &Path, source: io::Error) -> V4l2Error {
    V4l2Error::Broken {
        device: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::patience;

    #[test]
    fn a_slow_camera_is_waited_for_longer() {
        assert_eq!(patience(None), Duration::from_secs(3));
        assert_eq!(patience(Some(30.0)), Duration::from_secs(3));
        assert_eq!(patience(Some(0.5)), Duration::from_secs(8));
        assert_eq!(patience(Some(1e-9)), Duration::from_secs(3600));
    }
}
