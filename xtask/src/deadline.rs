//! Waiting for what another process does, but not for ever.

use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// For what takes seconds, and minutes where a machine has much else to do.
pub(crate) const LONG: Duration = Duration::from_secs(180);

/// Looks until something is there or the time is up; `None` is that the time was up.
pub(crate) fn within<T>(
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// Waits for a process to end and kills it when it has not ended in time; `None` is that it was killed.
pub(crate) fn end_within(limit: Duration, child: &mut Child) -> Result<Option<ExitStatus>> {
    let status = within(limit, || Ok(child.try_wait()?))?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(status)
}
