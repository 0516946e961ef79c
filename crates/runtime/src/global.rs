//! The pool for programs that do not want to own one.

use once_cell::sync::OnceCell;

use crate::error::BuildError;
use crate::pool::ThreadPool;

/// The process's common pool, built with the defaults at the first call.
///
/// The process's exit does not wait for it. Whoever shuts it down does so for everybody.
///
/// ```
/// let answer = creel_runtime::global()?.submit(|| 6 * 7)?.result()?;
/// assert_eq!(answer, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BuildError`] when it cannot be built; the next call tries again.
pub fn global() -> Result<&'static ThreadPool, BuildError> {
    static GLOBAL: OnceCell<ThreadPool> = OnceCell::new();
    GLOBAL.get_or_try_init(|| ThreadPool::builder().thread_name("creel-global").build())
}
