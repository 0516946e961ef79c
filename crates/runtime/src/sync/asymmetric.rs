//! A pair of fences, one of which costs next to nothing because the other one does the work of both.
//!
//! Two threads that each write one word and then read the other's need a fence in between, on both sides, or both may miss the
//! other's write. Where one side comes by a million times as often as the other, the kernel helps: by `membarrier` the rare
//! side makes every thread of the process pass a fence, wherever it is. The frequent side only keeps the compiler from
//! changing the order.
//!
//! Where there is no such call, and in a model, both are fences like others.

use crate::sync::atomic::{Ordering, fence};

pub(crate) use kernel::prepare;
use kernel::{fence_everybody, is_asked};

/// The fence of whoever comes by often.
#[inline]
pub(crate) fn light() {
    if is_asked() {
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    } else {
        full();
    }
}

/// The fence of the others. Of what a thread did before its light fence and what this one did before this, at least one is
/// seen on the other side.
pub(crate) fn heavy() {
    if !fence_everybody() {
        full();
    }
}

fn full() {
    fence(Ordering::SeqCst);
}

#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(creel_loom, creel_shuttle))
))]
mod kernel {
    #![expect(
        unsafe_code,
        reason = "the standard library does not know this call of the system"
    )]

    use std::ffi::{c_int, c_long};
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The number of the call, and its commands, as they stand in the kernel's `membarrier.h`.
    const MEMBARRIER: c_long = if cfg!(target_arch = "x86_64") {
        324
    } else {
        283
    };
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

    // SAFETY: every C library on Linux has this function, and the standard library links one.
    unsafe extern "C" {
        fn syscall(number: c_long, ...) -> c_long;
    }

    /// The kernel has agreed to do it. Set before there is a worker, so that nobody leaves a fence to a thread that does not
    /// know of it.
    static IS_ASKED: AtomicBool = AtomicBool::new(false);

    /// Asks the kernel, once for the process. No pool may be made before.
    pub(crate) fn prepare() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let agreed = call(REGISTER_PRIVATE_EXPEDITED);
            IS_ASKED.store(agreed, Ordering::Release);
        });
    }

    #[inline]
    pub(super) fn is_asked() -> bool {
        IS_ASKED.load(Ordering::Relaxed)
    }

    /// Has every thread of the process pass a fence, this one too; false if nobody does that.
    ///
    /// Ends the process if the kernel refuses what it has agreed to.
    pub(super) fn fence_everybody() -> bool {
        let asked = is_asked();
        if asked && !call(PRIVATE_EXPEDITED) {
            // Others have left their fences to this one: to go on, or to unwind from here, could strand a task.
            tracing::error!(
                "membarrier was allowed when the first pool was made and is refused now, by a sandbox perhaps"
            );
            std::process::abort();
        }
        asked
    }

    fn call(command: c_int) -> bool {
        let no_flags: c_int = 0;
        let any_cpu: c_int = 0;
        // SAFETY: the call takes three numbers, and touches no memory of ours.
        unsafe { syscall(MEMBARRIER, command, no_flags, any_cpu) == 0 }
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(creel_loom, creel_shuttle))
)))]
mod kernel {
    pub(crate) fn prepare() {}

    #[inline]
    pub(super) fn is_asked() -> bool {
        false
    }

    pub(super) fn fence_everybody() -> bool {
        false
    }
}
