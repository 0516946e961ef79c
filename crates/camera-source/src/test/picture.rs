//! What each frame of the test camera looks like.

use fast_qr::{ECL, QRBuilder, QRCode, Version};

use super::backdrop::Backdrop;
use super::ball::Ball;
use super::canvas::Canvas;
use super::digits::Digits;
use super::marks::{CODE_MODULES, Marks, QUIET_MODULES, Rectangle, marks};
use crate::Size;

/// Draws frames; the same number always gives the same picture.
pub(super) struct Picture {
    size: Size,
    marks: Marks,
    backdrop: Backdrop,
    ball: Ball,
    digits: Digits,
}

impl Picture {
    pub(super) fn new(size: Size, seed: u64) -> Self {
        let marks = marks(size);
        Self {
            size,
            marks,
            backdrop: Backdrop::new(size, seed),
            ball: Ball::new(size, seed),
            digits: Digits::new(marks.digits),
        }
    }

    /// The RGB pixels of the frame with this number.
    pub(super) fn draw(&mut self, number: u64) -> Vec<u8> {
        let text = number.to_string();
        let mut canvas = Canvas::new(self.size);
        self.backdrop.draw(number, &mut canvas);
        self.ball.draw(number, &mut canvas);

        let module = self.marks.qr.width / CODE_MODULES;
        canvas.plate(self.marks.qr, 2 * module);
        draw_code(&code(&text), self.marks.qr, module, &mut canvas);
        canvas.plate(self.marks.digits, self.marks.digits.height / 8);
        self.digits.draw(&text, &mut canvas);
        canvas.into_bytes()
    }
}

fn code(text: &str) -> QRCode {
    QRBuilder::new(text)
        .version(Version::V01)
        .ecl(ECL::M)
        .build()
        .expect("a code of version 1 holds 34 digits, and the largest number has 20")
}

fn draw_code(code: &QRCode, plate: Rectangle, module: u32, canvas: &mut Canvas) {
    let left = plate.x + QUIET_MODULES * module;
    let top = plate.y + QUIET_MODULES * module;
    let side = code.size as u32;
    for (row, y) in (0..side).zip((top..).step_by(module as usize)) {
        for (column, x) in (0..side).zip((left..).step_by(module as usize)) {
            if code[row as usize][column as usize].value() {
                for y in y..y + module {
                    canvas.row(x, y, module).fill(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
