#![expect(
    unsafe_code,
    reason = "it is memory without anything in it that is tested"
)]

use std::alloc::Layout;
use std::collections::HashSet;
use std::ptr::NonNull;
use std::thread;

use super::{CHUNK, CLASSES, TRAY, allocate, free};

/// A block that is filled with its number, to be checked when it is given back.
struct Block {
    place: NonNull<u8>,
    layout: Layout,
    mark: u8,
}

// SAFETY: nobody else has the block.
unsafe impl Send for Block {}

impl Block {
    fn new(size: usize, mark: u8) -> Self {
        let layout = Layout::from_size_align(size, 8).expect("blocks are small");
        let place = allocate(layout);
        // SAFETY: the block is this one's, and so large.
        unsafe { place.write_bytes(mark, size) };
        Self {
            place,
            layout,
            mark,
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is still this one's, and was filled.
        let bytes = unsafe { std::slice::from_raw_parts(self.place.as_ptr(), self.layout.size()) };
        assert!(bytes.iter().all(|byte| *byte == self.mark));
        // SAFETY: it came from there, and nobody uses it any more.
        unsafe { free(self.place, self.layout) };
    }
}

fn blocks(count: usize) -> Vec<Block> {
    let sizes = [24, 40, 41, 56, 57, 88, 120, 121, 500];
    let mark = |number: usize| (number % 251) as u8;
    (0..count)
        .map(|number| Block::new(sizes[number % sizes.len()], mark(number)))
        .collect()
}

#[test]
fn no_two_blocks_overlap_and_each_is_aligned() {
    let blocks = blocks(5000);
    let places: HashSet<_> = blocks.iter().map(|block| block.place).collect();
    assert_eq!(places.len(), blocks.len());
    assert!(blocks.iter().all(|block| block.place.addr().get() % 8 == 0));
    // Each is filled with its own number, and looked at when it goes.
    drop(blocks);
}

#[test]
fn blocks_go_on_other_threads_and_in_any_order() {
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    for (number, block) in blocks(5000).into_iter().enumerate() {
        if number % 2 == 0 { &mut even } else { &mut odd }.push(block);
    }
    odd.reverse();
    let other = thread::spawn(move || drop(odd));
    drop(even);
    other.join().unwrap();
}

#[test]
fn a_thread_keeps_no_more_than_two_chunks_of_each_size_and_those_of_its_tray() {
    let counted = thread::spawn(|| allocation_counter::measure(|| drop(blocks(5000))))
        .join()
        .unwrap();
    let kept = i64::try_from((2 + TRAY as usize - 1) * CLASSES.len()).unwrap();
    assert!(counted.count_current <= kept, "{}", counted.count_current);
    let bytes = kept * i64::try_from(CHUNK).unwrap();
    assert!(counted.bytes_current <= bytes, "{}", counted.bytes_current);
}

#[cfg(not(creel_alone))]
#[test]
fn a_thread_that_makes_and_gives_up_one_at_a_time_allocates_once() {
    let one = || drop(Block::new(40, 7));
    let measured = thread::spawn(move || {
        one();
        allocation_counter::measure(|| (0..10_000).for_each(|_| one()))
    })
    .join()
    .unwrap();
    assert!(measured.count_total <= 1, "{}", measured.count_total);
}

#[cfg(not(creel_alone))]
#[test]
fn a_block_that_was_given_up_last_is_handed_out_first() {
    thread::spawn(|| {
        let (first, second) = (Block::new(40, 1), Block::new(40, 2));
        let places = [second.place, first.place];
        drop(first);
        drop(second);
        let again = [Block::new(40, 3), Block::new(40, 4)];
        assert_eq!(again.each_ref().map(|block| block.place), places);
    })
    .join()
    .unwrap();
}
