//! What can be told of a picture file from its first bytes.

use imagesize::{ImageError, ImageType};

use crate::{PixelFormat, Size};

/// The format and size of a picture file, by its content and not by its name.
///
/// # Errors
/// The bytes are no picture, are of another format, or end within the header.
pub(crate) fn header(bytes: &[u8]) -> Result<(PixelFormat, Size), ImageError> {
    let format = match imagesize::image_type(bytes)? {
        ImageType::Jpeg => PixelFormat::Jpeg,
        ImageType::Png => PixelFormat::Png,
        ImageType::Bmp => PixelFormat::Bmp,
        ImageType::Gif => PixelFormat::Gif,
        ImageType::Webp => PixelFormat::WebP,
        _ => return Err(ImageError::NotSupported),
    };
    let size = imagesize::blob_size(bytes)?;
    let side = |pixels| u32::try_from(pixels).map_err(|_| ImageError::CorruptedImage);
    Ok((format, Size::new(side(size.width)?, side(size.height)?)))
}
