//! The buffers that a driver fills, in our memory.

#![expect(
    unsafe_code,
    reason = "a driver's buffers can only be reached by mapping them"
)]

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::ptr::{self, NonNull};
use std::slice;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::Node;
use super::layout::{Buffer, BufferRequest, CAPTURE, MAPPED, number};

/// A device that pictures are streamed from, and its buffers.
///
/// ```text
///   ours ── queue ──▶ the driver's ── it fills it, next ──▶ ours, for as long as it is looked at
/// ```
///
/// Dropping this stops the stream and gives the device free.
#[derive(Debug)]
pub(in crate::v4l2) struct Buffers {
    // In front of the device, which is the last to go.
    mappings: Vec<Mapping>,
    /// The buffers that are not with the driver.
    ours: Vec<u32>,
    is_streaming: bool,
    node: Node,
}

impl Buffers {
    /// Has the driver make about so many buffers, which makes the device ours alone.
    pub(in crate::v4l2) fn request(node: Node, count: u32) -> io::Result<Self> {
        let mut request = BufferRequest {
            count,
            kind: CAPTURE,
            memory: MAPPED,
            ..Default::default()
        };
        node.ask(number::REQBUFS, &mut request)?;
        let mut buffers = Self {
            mappings: Vec::new(),
            ours: Vec::new(),
            is_streaming: false,
            node,
        };
        for index in 0..request.count {
            let mut buffer = buffer(index);
            buffers.node.ask(number::QUERYBUF, &mut buffer)?;
            let (offset, length) = (buffer.offset as u64, buffer.length as usize);
            let mapping = Mapping::new(buffers.node.as_fd(), offset, length)?;
            buffers.mappings.push(mapping);
            buffers.ours.push(index);
        }
        Ok(buffers)
    }

    /// Whether the driver was told to fill buffers.
    pub(in crate::v4l2) fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    /// Hands the driver the buffers that it has not, and has it fill them.
    pub(in crate::v4l2) fn stream(&mut self) -> io::Result<()> {
        while let Some(&index) = self.ours.last() {
            self.node.ask(number::QBUF, &mut buffer(index))?;
            self.ours.pop();
        }
        if !self.is_streaming {
            self.node.tell(number::STREAMON, CAPTURE)?;
            self.is_streaming = true;
        }
        Ok(())
    }

    /// Fetches a filled buffer and shows what of it is used.
    ///
    /// # Errors
    /// `EAGAIN` when none is filled.
    pub(in crate::v4l2) fn next<T>(
        &mut self,
        look: impl FnOnce(&Buffer, &[u8]) -> T,
    ) -> io::Result<T> {
        let mut filled = buffer(0);
        self.node.ask(number::DQBUF, &mut filled)?;
        let mapping = self.mappings.get(filled.index as usize);
        let mapping = mapping.ok_or(Errno::BADMSG)?;
        self.ours.push(filled.index);
        let length = mapping.length.min(filled.used as usize);
        let start = mapping.start.as_ptr().cast::<u8>();
        // SAFETY: so many bytes are mapped here. The driver gave the buffer back and writes it no more until it is handed over
        // again, for which this would have to be borrowed anew.
        let used = unsafe { slice::from_raw_parts(start, length) };
        Ok(look(&filled, used))
    }
}

impl AsFd for Buffers {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.node.as_fd()
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // A device that is gone fails here and has stopped by itself; closing it frees the buffers.
        let _ = self.node.tell(number::STREAMOFF, CAPTURE);
    }
}

fn buffer(index: u32) -> Buffer {
    Buffer {
        index,
        kind: CAPTURE,
        memory: MAPPED,
        ..Default::default()
    }
}

/// Memory of a device, mapped to be read until this is dropped.
#[derive(Debug)]
struct Mapping {
    start: NonNull<c_void>,
    length: usize,
}

// SAFETY: this alone owns the memory that it maps, and nothing of that is bound to a thread.
unsafe impl Send for Mapping {}

impl Mapping {
    fn new(device: BorrowedFd<'_>, offset: u64, length: usize) -> io::Result<Self> {
        let (anywhere, flags) = (ptr::null_mut(), MapFlags::SHARED);
        // SAFETY: the kernel chooses where the memory lies, so it covers nothing that is in use.
        let start = unsafe { mmap(anywhere, length, ProtFlags::READ, flags, device, offset) }?;
        let start = NonNull::new(start).ok_or(Errno::NOMEM)?;
        Ok(Self { start, length })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing borrows from it any more.
        let unmapped = unsafe { munmap(self.start.as_ptr(), self.length) };
        debug_assert!(unmapped.is_ok(), "memory that was mapped can be unmapped");
    }
}
