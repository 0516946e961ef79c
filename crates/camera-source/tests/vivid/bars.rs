//! The colour bars that the virtual camera shows.

use anyhow::{Result, ensure};
use creel_camera_source::Frame;

/// White to black, at three quarters of full brightness.
const BARS: [[u8; 3]; 8] = [
    [191, 191, 191],
    [191, 191, 0],
    [0, 191, 191],
    [0, 191, 0],
    [191, 0, 191],
    [191, 0, 0],
    [0, 0, 191],
    [0, 0, 0],
];

/// Checks that a frame's JPEG shows the bars, and gives back by how much it is off at most.
pub(crate) fn check(frame: &Frame, is_grey: bool) -> Result<u8> {
    let picture = image::load_from_memory(&frame.to_jpeg()?)?.into_rgb8();
    ensure!(
        (picture.width(), picture.height()) == (frame.size.width, frame.size.height),
        "the JPEG has another size"
    );
    let shown: Vec<[u8; 3]> = (0..BARS.len() as u32)
        .map(|place| {
            // In the middle of the bar, below the writing.
            let x = (2 * place + 1) * picture.width() / 16;
            picture.get_pixel(x, picture.height() * 3 / 4).0
        })
        .collect();
    if is_grey {
        // They are in the order of their brightness.
        let falls = shown.windows(2).all(|pair| pair[0][0] > pair[1][0] + 4);
        let ends = shown[0][0].abs_diff(BARS[0][0]).max(shown[7][0]);
        ensure!(falls && ends < 32, "the bars are {shown:?}");
        return Ok(ends);
    }
    let mut furthest = 0;
    for (expected, found) in BARS.iter().zip(&shown) {
        let off = expected.iter().zip(found).map(|(a, &b)| a.abs_diff(b));
        let off = off.max().unwrap_or(0);
        ensure!(off < 16, "a bar is {found:?}, not {expected:?}");
        furthest = furthest.max(off);
    }
    Ok(furthest)
}
