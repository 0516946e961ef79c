//! Where the test camera writes its number.

use crate::Size;

/// Where the marks sit in each picture of this size; the same for every frame.
///
/// Both rectangles lie within a picture of at least 160x160 and do not overlap.
pub fn marks(size: Size) -> Marks {
    let shorter = size.width.min(size.height);
    let margin = shorter / 30;
    let module = (shorter * 3 / 5 / CODE_MODULES).max(3);
    let code = module * CODE_MODULES;
    let digits_height = (shorter / 5).max(52);
    let digits_width = (digits_height * 4).min(size.width.saturating_sub(2 * margin));
    Marks {
        qr: Rectangle {
            x: size.width.saturating_sub(code + margin),
            y: size.height.saturating_sub(code + margin),
            width: code,
            height: code,
        },
        digits: Rectangle {
            x: margin,
            y: margin,
            width: digits_width,
            height: digits_height,
        },
    }
}

/// The plates on which the test camera writes its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The QR code with its quiet zone; its text is the number.
    pub qr: Rectangle,
    /// The number in decimal digits, black on white, at least 40 pixels high unless it has so many digits that
    /// they would not fit.
    pub digits: Rectangle,
}

/// A part of a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
}

/// A code of version 1 has 21 modules a side, and 4 of quiet zone around.
pub(super) const CODE_MODULES: u32 = 21 + 2 * QUIET_MODULES;

/// The modules of the quiet zone that the standard asks for.
pub(super) const QUIET_MODULES: u32 = 4;

#[cfg(test)]
mod tests;
