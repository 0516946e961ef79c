//! A cell as a [`TaskRef`](crate::task::TaskRef) points to it, and its end.

#![expect(
    unsafe_code,
    reason = "what is behind a header is dropped when the last hold is given up, the header itself later"
)]

use std::mem::offset_of;
use std::ptr::{self, NonNull};

use super::Cell;
use crate::task::body::Body;
use crate::task::options::Side;

impl<B: Body, S: Side> Cell<B, S> {
    /// Drops all but the header, which those see who hold the memory alone.
    ///
    /// # Safety
    /// Nobody holds the task any more; it is called once, and nothing but the header is used afterwards.
    pub(in crate::task) unsafe fn drop_content(cell: NonNull<Self>) {
        const { assert!(offset_of!(Self, header) == 0, "a header is first") };
        // SAFETY: all of the cell is there, and nobody changes more of it than what is atomic.
        unsafe { cell.as_ref() }.end_unheld();
        // SAFETY: this is what the caller promises, and what stood on the stage is gone.
        unsafe { Self::drop_beside_stage(cell) };
    }

    /// Drops what stands around the stage, which is empty.
    ///
    /// # Safety
    /// As for `drop_content`.
    pub(in crate::task) unsafe fn drop_beside_stage(cell: NonNull<Self>) {
        let cell = cell.as_ptr();
        // SAFETY: the cell is still there. A reference to it would have to be the only one.
        let observers = unsafe { &raw mut (*cell).observers };
        // SAFETY: nobody uses the field any more, and it is dropped once.
        unsafe { ptr::drop_in_place(observers) };
        // SAFETY: as for the first field.
        let side = unsafe { &raw mut (*cell).side };
        // SAFETY: as for the first field.
        unsafe { ptr::drop_in_place(side) };
    }
}
