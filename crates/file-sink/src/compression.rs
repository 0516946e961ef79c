//! Parts in zstd.

use std::io::{self, BufRead};

use crate::folder::{Bytes, Medium};

/// Whether parts can be compressed.
pub(crate) const IS_THERE: bool = cfg!(feature = "zstd");

/// Writes a compressed copy; it ends with a checksum of what it holds.
#[cfg(feature = "zstd")]
pub(crate) fn compress(part: &mut dyn Bytes, into: &mut dyn Medium) -> io::Result<()> {
    struct Whole<'a>(&'a mut dyn Medium);
    impl io::Write for Whole<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut encoder = zstd::Encoder::new(Whole(into), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    io::copy(part, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}

#[cfg(not(feature = "zstd"))]
pub(crate) fn compress(_: &mut dyn Bytes, _: &mut dyn Medium) -> io::Result<()> {
    Err(missing())
}

/// Reads a compressed part.
#[cfg(feature = "zstd")]
pub(crate) fn decompress(part: Box<dyn Bytes>) -> io::Result<Box<dyn BufRead>> {
    let decoder = zstd::Decoder::new(part)?;
    Ok(Box::new(io::BufReader::with_capacity(64 << 10, decoder)))
}

#[cfg(not(feature = "zstd"))]
pub(crate) fn decompress(_: Box<dyn Bytes>) -> io::Result<Box<dyn BufRead>> {
    Err(missing())
}

#[cfg(not(feature = "zstd"))]
fn missing() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "compressed parts need a build with the feature `zstd`",
    )
}
