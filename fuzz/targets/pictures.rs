//! Picture streams: however the bytes are cut, the same pictures come out, each is one by its structure, and memory is
//! bounded.

#![no_main]

use creel_camera_source::mjpeg::{JpegPicture, Pictures};
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 512;

/// The pictures, and what is lost behind the last.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<JpegPicture>, u64) {
    let mut found = Vec::new();
    let mut pictures = Pictures::new(BYTES_MAX);
    for piece in pieces {
        pictures.push(piece, |picture| found.push(picture));
        assert!(pictures.byte_len() <= BYTES_MAX);
    }
    pictures.end();
    (found, pictures.lost())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let whole = read(std::iter::once(stream));
    assert_eq!(read(stream.chunks(usize::from(size).max(1))), whole);
    for picture in whole.0 {
        assert!(picture.bytes.len() <= BYTES_MAX);
        assert!(picture.size.pixels() > 0);
        // Alone it is found again, as it is.
        let (again, lost) = read(std::iter::once(&picture.bytes[..]));
        assert_eq!(lost, 0);
        assert_eq!(again[0].bytes, picture.bytes);
    }
});
