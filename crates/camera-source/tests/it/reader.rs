//! Reads the number back from a picture, knowing nothing else.

/// The number that the one QR code in this JPEG tells.
pub(crate) fn number_in(jpeg: &[u8]) -> Option<u64> {
    let picture = image::load_from_memory(jpeg).ok()?.into_luma8();
    let (width, height) = picture.dimensions();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            picture.get_pixel(x as u32, y as u32).0[0]
        });
    let grids = prepared.detect_grids();
    let [grid] = grids.as_slice() else {
        return None;
    };
    let (_, text) = grid.decode().ok()?;
    text.parse().ok()
}
