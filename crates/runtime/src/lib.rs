//! A work-stealing thread pool that hands back a future for each task.
