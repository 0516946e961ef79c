//! Pictures with QR codes in them.

use fast_qr::qr::QRBuilder;
use jpeg_encoder::{ColorType, Encoder};

/// A grey picture.
pub(crate) struct Picture {
    width: usize,
    pixels: Vec<u8>,
}

impl Picture {
    pub(crate) fn blank(width: usize, height: usize) -> Self {
        Self {
            width,
            pixels: vec![230; width * height],
        }
    }

    /// The same picture with a code drawn at this place, each module `scale` pixels wide.
    pub(crate) fn with_code(
        mut self,
        text: &str,
        (left, top): (usize, usize),
        scale: usize,
    ) -> Self {
        let code = QRBuilder::new(text).build().unwrap();
        for row in 0..code.size * scale {
            for column in 0..code.size * scale {
                let is_dark = code[row / scale][column / scale].value();
                self.pixels[(top + row) * self.width + left + column] =
                    if is_dark { 20 } else { 235 };
            }
        }
        self
    }

    pub(crate) fn to_jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 85)
            .encode(
                &self.pixels,
                self.width as u16,
                self.height() as u16,
                ColorType::Luma,
            )
            .unwrap();
        bytes
    }

    pub(crate) fn to_png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height() as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&self.pixels)
            .unwrap();
        bytes
    }

    fn height(&self) -> usize {
        self.pixels.len() / self.width
    }
}
