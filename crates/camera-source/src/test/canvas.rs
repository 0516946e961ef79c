//! A picture being drawn.

use super::Rectangle;
use crate::Size;

pub(super) type Color = [u8; 3];

/// A picture of RGB pixels, row by row from the top.
pub(super) struct Canvas {
    size: Size,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A black picture.
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            pixels: vec![0; size.pixels() * 3],
        }
    }

    /// The bytes of `width` pixels of row `y` from column `x`, which must lie within the picture.
    pub(super) fn row(&mut self, x: u32, y: u32, width: u32) -> &mut [u8] {
        let start = (y as usize * self.size.width as usize + x as usize) * 3;
        &mut self.pixels[start..start + width as usize * 3]
    }

    /// Moves a pixel towards `color`: not at all at 0, all the way at 255.
    pub(super) fn blend(&mut self, x: u32, y: u32, color: Color, opacity: u8) {
        for (pixel, color) in self.row(x, y, 1).iter_mut().zip(color) {
            *pixel = mix(*pixel, color, opacity);
        }
    }

    /// Fills a rectangle, its corners rounded by so many pixels, with white.
    pub(super) fn plate(&mut self, rectangle: Rectangle, radius: u32) {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = rectangle;
        for row in 0..height {
            let from_edge = row.min(height - 1 - row);
            let (inset, opacity) = corner(radius, from_edge);
            let y = y + row;
            self.row(x + inset, y, width - 2 * inset).fill(255);
            if inset > 0 {
                self.blend(x + inset - 1, y, [255; 3], opacity);
                self.blend(x + width - inset, y, [255; 3], opacity);
            }
        }
    }

    /// Draws a sprite with its upper left corner at this place; what lies outside is cut off.
    pub(super) fn sprite(&mut self, sprite: &Sprite, left: i64, top: i64) {
        let columns = visible(left, sprite.size.width, self.size.width);
        for row in visible(top, sprite.size.height, self.size.height) {
            for column in columns.clone() {
                let texel = sprite.texels[(row * sprite.size.width + column) as usize];
                let [red, green, blue, opacity] = texel;
                if opacity > 0 {
                    let x = (left + i64::from(column)) as u32;
                    let y = (top + i64::from(row)) as u32;
                    self.blend(x, y, [red, green, blue], opacity);
                }
            }
        }
    }

    /// The bytes of the picture.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.pixels
    }
}

/// A small picture with opacity, drawn onto others.
pub(super) struct Sprite {
    size: Size,
    texels: Vec<[u8; 4]>,
}

impl Sprite {
    /// A sprite whose texels are what `paint` gives for their centres, from -1 to 1 in both directions.
    pub(super) fn paint(size: Size, paint: impl Fn(f32, f32) -> [u8; 4]) -> Self {
        let place = |index: u32, side: u32| (index as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let texels = (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .map(|(x, y)| paint(place(x, size.width), place(y, size.height)))
            .collect();
        Self { size, texels }
    }
}

/// How many pixels a rounded corner leaves out in this row, and how much of the last of them it covers.
fn corner(radius: u32, from_edge: u32) -> (u32, u8) {
    if from_edge >= radius {
        return (0, 0);
    }
    let radius = radius as f32;
    let rise = radius - from_edge as f32 - 0.5;
    let left_out = radius - (radius * radius - rise * rise).sqrt();
    let inset = left_out.ceil();
    (inset as u32, ((inset - left_out) * 255.0) as u8)
}

/// The part of `0..length` that lies within `0..limit` when moved by `offset`.
fn visible(offset: i64, length: u32, limit: u32) -> std::ops::Range<u32> {
    let start = (-offset).clamp(0, i64::from(length));
    let end = (i64::from(limit) - offset).clamp(start, i64::from(length));
    start as u32..end as u32
}

fn mix(from: u8, to: u8, opacity: u8) -> u8 {
    let (from, to, opacity) = (u32::from(from), u32::from(to), u32::from(opacity));
    ((from * (255 - opacity) + to * opacity + 127) / 255) as u8
}
