//! The ten digits, drawn with a round pen.

use std::f32::consts::PI;

use super::canvas::Canvas;
use super::marks::Rectangle;

/// Writes numbers in the middle of a plate.
///
/// A digit is a line of its own, as a pen would draw it, and is turned into pixels once per height.
pub(super) struct Digits {
    plate: Rectangle,
    font: Font,
}

impl Digits {
    pub(super) fn new(plate: Rectangle) -> Self {
        Self {
            plate,
            font: Font::new(full_height(plate)),
        }
    }

    /// Draws the number, in black on the plate; smaller where it would not fit.
    pub(super) fn draw(&mut self, text: &str, canvas: &mut Canvas) {
        let count = text.len() as u32;
        let full = full_height(self.plate);
        let room = self.plate.width - (self.plate.height - full);
        // From `count * advance - gap <= room`, in tenths and hundredths of the height.
        let fitting = (room * 100).div_euclid(count * ADVANCE - GAP);
        let height = full.min(fitting);
        if self.font.height != height {
            self.font = Font::new(height);
        }
        let width = count * height * ADVANCE / 100 - height * GAP / 100;
        let mut left = self.plate.x + self.plate.width.saturating_sub(width) / 2;
        let top = self.plate.y + (self.plate.height - height) / 2;
        for digit in text.bytes().map(|byte| usize::from(byte - b'0')) {
            self.font.draw(digit, left, top, canvas);
            left += height * ADVANCE / 100;
        }
    }
}

fn full_height(plate: Rectangle) -> u32 {
    plate.height * 4 / 5
}

/// From one digit to the next, in hundredths of the height.
const ADVANCE: u32 = 70;

/// Between two digits, in hundredths of the height.
const GAP: u32 = 10;

/// The width of a digit, of its height.
const WIDTH: f32 = 0.6;

/// Half the width of the pen, of the height.
const PEN: f32 = 0.066;

struct Font {
    height: u32,
    width: u32,
    /// Ten pictures of opacity, row by row.
    digits: Vec<Vec<u8>>,
}

impl Font {
    fn new(height: u32) -> Self {
        let width = (height as f32 * WIDTH).ceil() as u32;
        let picture = |digit: usize| {
            let lines = lines(digit);
            (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .map(|(x, y)| coverage(&lines, x, y, height as f32))
                .collect()
        };
        Self {
            height,
            width,
            digits: (0..10).map(picture).collect(),
        }
    }

    fn draw(&self, digit: usize, left: u32, top: u32, canvas: &mut Canvas) {
        for (y, row) in (top..).zip(self.digits[digit].chunks_exact(self.width as usize)) {
            for (x, &opacity) in (left..).zip(row).filter(|(_, opacity)| **opacity > 0) {
                canvas.blend(x, y, [0; 3], opacity);
            }
        }
    }
}

type Point = (f32, f32);

/// How much of a pixel the pen covers.
fn coverage(lines: &[Vec<Point>], x: u32, y: u32, height: f32) -> u8 {
    let point = ((x as f32 + 0.5) / height, (y as f32 + 0.5) / height);
    let distance = lines
        .iter()
        .flat_map(|line| line.windows(2))
        .map(|ends| distance(point, ends[0], ends[1]))
        .fold(f32::INFINITY, f32::min);
    (((PEN - distance) * height + 0.5).clamp(0.0, 1.0) * 255.0) as u8
}

/// From a point to the nearest of a straight line.
fn distance((x, y): Point, from: Point, to: Point) -> f32 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let length = (along_x * along_x + along_y * along_y).max(f32::EPSILON);
    let share = (((x - from.0) * along_x + (y - from.1) * along_y) / length).clamp(0.0, 1.0);
    (x - from.0 - share * along_x).hypot(y - from.1 - share * along_y)
}

/// The way of the pen, in a box of width 0.6 and height 1.
fn lines(digit: usize) -> Vec<Vec<Point>> {
    let (left, right, top, bottom) = (0.08, 0.52, 0.07, 0.93);
    let turn = 2.0 * PI;
    match digit {
        0 => vec![arc((0.3, 0.5), (0.22, 0.43), 0.0, turn)],
        1 => vec![vec![(0.12, 0.26), (0.34, top), (0.34, bottom)]],
        2 => {
            let mut line = arc((0.3, 0.3), (0.22, 0.23), -0.95 * PI, 0.2 * PI);
            line.extend([(left, bottom), (right, bottom)]);
            vec![line]
        }
        3 => vec![
            arc((0.29, 0.28), (0.19, 0.21), -0.9 * PI, 0.5 * PI),
            arc((0.29, 0.71), (0.23, 0.22), -0.5 * PI, 0.9 * PI),
        ],
        4 => vec![vec![
            (0.42, bottom),
            (0.42, top),
            (0.07, 0.68),
            (0.54, 0.68),
        ]],
        5 => {
            let mut line = vec![(0.49, top), (0.14, top), (0.11, 0.44)];
            line.extend(arc((0.29, 0.64), (0.23, 0.29), -0.78 * PI, 0.84 * PI));
            vec![line]
        }
        6 => vec![six()],
        7 => vec![vec![(left, top), (right, top), (0.22, bottom)]],
        8 => vec![
            arc((0.3, 0.275), (0.18, 0.205), 0.0, turn),
            arc((0.3, 0.705), (0.22, 0.225), 0.0, turn),
        ],
        _ => vec![six().into_iter().map(|(x, y)| (0.6 - x, 1.0 - y)).collect()],
    }
}

/// A stem that bends into a bowl; upside down, it is a nine.
fn six() -> Vec<Point> {
    let mut line = arc((0.49, 0.66), (0.41, 0.6), -0.54 * PI, -PI);
    line.extend(arc((0.3, 0.66), (0.22, 0.27), -PI, PI));
    line
}

/// Part of an ellipse, from one angle to another; angles grow clockwise from the right.
fn arc(centre: Point, radii: Point, from: f32, to: f32) -> Vec<Point> {
    const STEPS: u8 = 28;
    (0..=STEPS)
        .map(|step| from + (to - from) * f32::from(step) / f32::from(STEPS))
        .map(|angle| {
            let (sin, cos) = angle.sin_cos();
            (centre.0 + radii.0 * cos, centre.1 + radii.1 * sin)
        })
        .collect()
}
