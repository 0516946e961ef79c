//! A cell as a [`TaskRef`](crate::task::TaskRef) points to it.

#![expect(
    unsafe_code,
    reason = "what is behind a header is dropped when the last hold is given up, the header itself later"
)]

use std::mem::offset_of;
use std::ptr::{self, NonNull};

use super::Cell;
use crate::task::body::Body;
use crate::task::options::Side;
use crate::task::reference::HeaderFirst;

// SAFETY: the layout is that of C, and the header is the first field.
unsafe impl<B: Body, S: Side> HeaderFirst for Cell<B, S> {
    type Outcome = B::Output;

    unsafe fn drop_content(cell: NonNull<Self>) {
        const { assert!(offset_of!(Self, header) == 0, "a header is first") };
        // SAFETY: nobody holds the cell any more, and all of it is there.
        let cell = unsafe { &mut *cell.as_ptr() };
        cell.end_unheld();
        // SAFETY: nobody uses the field any more, and it is dropped once.
        unsafe { ptr::drop_in_place(&mut cell.observers) };
        // SAFETY: as well. What stood on the stage, between the two, is gone.
        unsafe { ptr::drop_in_place(&mut cell.side) };
    }
}
