//! Memory for cells, a few at a time.
//!
//! A task is made on one thread and often given up on another, and an allocator spends more time on that than the pool on
//! all the rest. So small cells come from a *chunk*, which is allocated for some twenty of them, or a few of
//! larger ones. The thread that opened it hands its blocks out one after the other and counts nothing; each block knows its chunk, and when a cell goes, on
//! whichever thread, the chunk has one less to wait for. With the last one it goes as a whole, or is opened again by the
//! thread that gave up the last.
//!
//! Each thread keeps a few blocks back that it was given last, on its *tray*, and hands those out first: work that begets work
//! gives up one block for each that it takes. A tray that is full is given up as a whole, so that the chunk, which other threads
//! count as well, is asked once for all of its blocks there.
//!
//! A chunk is small, since a task that lives on keeps all of it.
//!
//! # Memory ordering
//! Who gives up a block releases what was done with it; who gives up the last acquires that of all others.

#![expect(
    unsafe_code,
    reason = "memory is handed out before there is anything in it"
)]

use std::alloc::{self, Layout, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// What stands before each cell that came from a chunk.
type Owner = NonNull<Chunk>;

/// The head of a chunk; its blocks follow.
#[repr(C)]
struct Chunk {
    /// Blocks that are in use or still to be handed out.
    live: AtomicU32,
    class: u32,
}

/// The sizes of blocks; what is larger is allocated by itself.
const CLASSES: [usize; 8] = [48, 64, 96, 128, 144, 192, 256, 320];
/// So large is a chunk, or a little smaller.
const CHUNK: usize = 1024;
const HEAD: usize = size_of::<Chunk>();
const OWNER: usize = size_of::<Owner>();

/// So many blocks of a size are given up together.
const TRAY: u32 = 8;

/// A block that is on a tray: what stands there is the one below it.
type Kept = Option<NonNull<Below>>;

/// What is written into a block on a tray; behind its owner, which stays.
struct Below(Kept);

/// A chunk that a thread hands out.
#[derive(Clone, Copy)]
struct Open {
    chunk: NonNull<Chunk>,
    handed_out: usize,
}

/// The chunks that a thread has open, one of each class, one that is ready to be opened, and a tray of blocks.
struct Shelf {
    trays: [Tray; CLASSES.len()],
    open: [Cell<Option<Open>>; CLASSES.len()],
    empty: [Cell<Option<NonNull<Chunk>>>; CLASSES.len()],
}

/// Blocks of one size that nobody uses, the last one given up on top.
struct Tray {
    top: Cell<Kept>,
    blocks: Cell<u32>,
}

thread_local! {
    static SHELF: Shelf = const {
        Shelf {
            trays: [const { Tray::new() }; CLASSES.len()],
            open: [const { Cell::new(None) }; CLASSES.len()],
            empty: [const { Cell::new(None) }; CLASSES.len()],
        }
    };
}

/// Memory for a value of that layout, to be given back by [`free`].
#[inline]
pub(super) fn allocate(layout: Layout) -> NonNull<u8> {
    match class_of(layout) {
        Some(class) => SHELF
            .try_with(|shelf| shelf.take_block(class))
            // The thread is ending, and opens no chunk that it could not close.
            .unwrap_or_else(|_| Open::new(class, 1).take_block(class)),
        None => allocate_alone(layout),
    }
}

/// Gives memory back.
///
/// # Safety
/// It came from [`allocate`] with this layout, and nobody uses it any more.
#[inline]
pub(super) unsafe fn free(place: NonNull<u8>, layout: Layout) {
    let Some(class) = class_of(layout) else {
        // SAFETY: without a class it was allocated by itself, with this layout.
        unsafe { alloc::dealloc(place.as_ptr(), layout) };
        return;
    };
    let kept = SHELF.try_with(|shelf| {
        // SAFETY: it is a block of that class, which nobody uses.
        unsafe { shelf.trays[class].put(place) };
    });
    if kept.is_err() {
        // SAFETY: it is a block that was handed out.
        let chunk = unsafe { owner_of(place) };
        // SAFETY: nobody uses the block.
        unsafe { give_up(chunk, 1) };
    }
}

/// The chunk that a block is of.
///
/// # Safety
/// It was handed out, and not given up.
#[inline]
unsafe fn owner_of(place: NonNull<u8>) -> NonNull<Chunk> {
    // SAFETY: before a block stands its owner.
    let owner = unsafe { place.cast::<Owner>().sub(1) };
    // SAFETY: it was written when the block was handed out for the first time.
    unsafe { owner.read() }
}

const fn class_of(layout: Layout) -> Option<usize> {
    if cfg!(any(creel_loom, creel_alone)) || layout.align() > align_of::<Owner>() {
        return None;
    }
    let mut class = 0;
    while class < CLASSES.len() {
        if layout.size() + OWNER <= CLASSES[class] {
            return Some(class);
        }
        class += 1;
    }
    None
}

#[cold]
fn allocate_alone(layout: Layout) -> NonNull<u8> {
    // SAFETY: a cell has a header, so it is not empty.
    let place = unsafe { alloc::alloc(layout) };
    NonNull::new(place).unwrap_or_else(|| handle_alloc_error(layout))
}

impl Shelf {
    #[inline]
    fn take_block(&self, class: usize) -> NonNull<u8> {
        match self.trays[class].take() {
            Some(block) => block,
            None => self.take_fresh_block(class),
        }
    }

    fn take_fresh_block(&self, class: usize) -> NonNull<u8> {
        let mut open = match self.open[class].get() {
            Some(open) => open,
            None => self.open_chunk(class),
        };
        let block = open.take_block(class);
        let is_used_up = open.handed_out == blocks_of(class);
        self.open[class].set((!is_used_up).then_some(open));
        block
    }

    #[cold]
    fn open_chunk(&self, class: usize) -> Open {
        match self.empty[class].take() {
            Some(chunk) => Open::again(chunk),
            None => Open::new(class, blocks_of(class)),
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        for class in 0..CLASSES.len() {
            self.trays[class].clear();
            if let Some(open) = self.open[class].take() {
                let left = blocks_of(class) - open.handed_out;
                // SAFETY: what was not handed out is this thread's to give up.
                unsafe { give_up(open.chunk, left as u32) };
            }
            if let Some(chunk) = self.empty[class].take() {
                // SAFETY: nobody uses a chunk that is empty.
                unsafe { dispose(chunk) };
            }
        }
    }
}

impl Tray {
    const fn new() -> Self {
        Self {
            top: Cell::new(None),
            blocks: Cell::new(0),
        }
    }

    #[inline]
    fn take(&self) -> Option<NonNull<u8>> {
        let block = self.top.get()?;
        // SAFETY: it is on the tray, and what is below was written when it came here.
        self.top.set(unsafe { block.read() }.0);
        self.blocks.set(self.blocks.get() - 1);
        Some(block.cast())
    }

    /// # Safety
    /// It is a block of this tray's size, which nobody uses.
    #[inline]
    unsafe fn put(&self, place: NonNull<u8>) {
        const { assert!(CLASSES[0] - OWNER >= size_of::<Below>(), "there is room") };
        let block = place.cast::<Below>();
        // SAFETY: nobody uses the block, which is large enough and aligned to a word.
        unsafe { block.write(Below(self.top.get())) };
        self.top.set(Some(block));
        self.blocks.set(self.blocks.get() + 1);
        if self.blocks.get() == TRAY {
            self.clear();
        }
    }

    /// Gives up what is on the tray; neighbours of the same chunk in one step.
    #[cold]
    fn clear(&self) {
        let mut neighbours: Option<(NonNull<Chunk>, u32)> = None;
        while let Some(block) = self.take() {
            // SAFETY: it was on the tray.
            let chunk = unsafe { owner_of(block) };
            neighbours = match neighbours {
                Some((same, blocks)) if same == chunk => Some((chunk, blocks + 1)),
                others => {
                    if let Some((other, blocks)) = others {
                        // SAFETY: so many of its blocks were on the tray, and are not any more.
                        unsafe { give_up(other, blocks) };
                    }
                    Some((chunk, 1))
                }
            };
        }
        if let Some((chunk, blocks)) = neighbours {
            // SAFETY: as for the others.
            unsafe { give_up(chunk, blocks) };
        }
    }
}

impl Open {
    /// A chunk with room for so many blocks, which may be fewer than those of its class only if it is never opened again.
    fn new(class: usize, blocks: usize) -> Self {
        let layout = layout_of(class);
        let chunk = allocate_alone(layout).cast::<Chunk>();
        let head = Chunk {
            live: AtomicU32::new(blocks as u32),
            class: class as u32,
        };
        // SAFETY: a chunk begins with its head, and nobody else knows it yet.
        unsafe { chunk.write(head) };
        Self {
            chunk,
            handed_out: 0,
        }
    }

    /// A chunk that nobody uses any more.
    fn again(chunk: NonNull<Chunk>) -> Self {
        // SAFETY: it is on this thread's shelf, and nobody else's.
        let head = unsafe { chunk.as_ref() };
        let blocks = blocks_of(head.class as usize) as u32;
        head.live.store(blocks, Ordering::Relaxed);
        Self {
            chunk,
            handed_out: 0,
        }
    }

    #[inline]
    fn take_block(&mut self, class: usize) -> NonNull<u8> {
        // The head is not looked at: other threads write there while they give blocks up.
        let offset = HEAD + self.handed_out * CLASSES[class];
        self.handed_out += 1;
        // SAFETY: the block is inside of the chunk's allocation.
        let owner = unsafe { self.chunk.byte_add(offset) }.cast::<Owner>();
        // SAFETY: nobody else has the block yet.
        unsafe { owner.write(self.chunk) };
        // SAFETY: the cell's place follows, in the same block.
        unsafe { owner.add(1) }.cast()
    }
}

const fn blocks_of(class: usize) -> usize {
    (CHUNK - HEAD) / CLASSES[class]
}

fn layout_of(class: usize) -> Layout {
    let size = HEAD + blocks_of(class) * CLASSES[class];
    Layout::from_size_align(size, align_of::<Chunk>().max(OWNER)).expect("a chunk is small")
}

/// Some blocks of a chunk are not needed any more.
///
/// # Safety
/// They were live, and nobody uses them.
#[inline]
unsafe fn give_up(chunk: NonNull<Chunk>, blocks: u32) {
    // SAFETY: a chunk is there for as long as it has a live block.
    let head = unsafe { chunk.as_ref() };
    if head.live.fetch_sub(blocks, Ordering::AcqRel) == blocks {
        // SAFETY: those were the last.
        unsafe { keep_or_dispose(chunk, head.class as usize) };
    }
}

/// Puts an empty chunk on the shelf, or gives its memory back.
///
/// # Safety
/// Nobody uses it any more.
#[cold]
unsafe fn keep_or_dispose(chunk: NonNull<Chunk>, class: usize) {
    let kept = SHELF.try_with(|shelf| shelf.empty[class].replace(Some(chunk)));
    let superfluous = kept.unwrap_or(Some(chunk));
    if let Some(chunk) = superfluous {
        // SAFETY: it was empty before, and is on no shelf.
        unsafe { dispose(chunk) };
    }
}

/// # Safety
/// Nobody uses the chunk any more.
unsafe fn dispose(chunk: NonNull<Chunk>) {
    // SAFETY: it is still there.
    let class = unsafe { chunk.as_ref() }.class as usize;
    // SAFETY: it was allocated with the layout of its class.
    unsafe { alloc::dealloc(chunk.as_ptr().cast(), layout_of(class)) };
}

#[cfg(all(test, not(creel_loom)))]
mod tests;
