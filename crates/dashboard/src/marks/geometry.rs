//! Coordinates as servers give them, made into parts of a picture.

use serde_json::Value;

/// The size of a picture, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
}

/// How four numbers tell a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Left, top, width, height.
    Extent,
    /// Left, top, right, bottom.
    Corners,
    /// Top, left, bottom, right.
    RowsFirst,
}

/// How far a box may reach beyond the picture, in parts of it: detectors round.
const BEYOND: f64 = 0.05;

impl Frame {
    /// The corners of points, as parts of the picture; `None` if they are no outline of anything in it.
    pub(super) fn outline(self, points: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
        let is_part = points.iter().flatten().all(|number| number.abs() <= 1.0);
        let (width, height) = if is_part {
            (1.0, 1.0)
        } else {
            (f64::from(self.width), f64::from(self.height))
        };
        let outline: Vec<_> = points
            .iter()
            .map(|[x, y]| [rounded(x / width), rounded(y / height)])
            .collect();
        let is_finite = outline.iter().flatten().all(|part| part.is_finite());
        (is_finite && points.len() >= 2).then_some(outline)
    }

    /// The corners of a box of four numbers.
    pub(super) fn rectangle(self, numbers: [f64; 4], order: Order) -> Option<Vec<[f64; 2]>> {
        let [left, top, right, bottom] = corners(numbers, order);
        self.outline(&[[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// How the boxes of one answer are told: another way than is expected if there are some that fit into the picture only
    /// by that, and none that fits only as expected.
    pub(super) fn order(self, boxes: &[[f64; 4]], expected: Order) -> Order {
        let other = match expected {
            Order::Extent => Order::Corners,
            Order::Corners => Order::Extent,
            Order::RowsFirst => return expected,
        };
        let fits = |numbers: &[f64; 4], order| {
            let outline = self.rectangle(*numbers, order);
            outline.is_some_and(|outline| fits(&outline))
        };
        let fit: Vec<_> = boxes
            .iter()
            .map(|numbers| (fits(numbers, expected), fits(numbers, other)))
            .collect();
        if fit.contains(&(false, true)) && !fit.contains(&(true, false)) {
            other
        } else {
            expected
        }
    }
}

fn corners([a, b, c, d]: [f64; 4], order: Order) -> [f64; 4] {
    match order {
        Order::Extent => [a, b, a + c, b + d],
        Order::Corners => [a, b, c, d],
        Order::RowsFirst => [b, a, d, c],
    }
}

/// Whether a box lies in the picture and is not inside out.
fn fits(outline: &[[f64; 2]]) -> bool {
    let (first, third) = (outline[0], outline[2]);
    let is_within = outline
        .iter()
        .flatten()
        .all(|part| (-BEYOND..=1.0 + BEYOND).contains(part));
    is_within && first[0] <= third[0] && first[1] <= third[1]
}

fn rounded(part: f64) -> f64 {
    (part * 1e5).round() / 1e5
}

/// Numbers in a list.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

/// Exactly four numbers in a list.
pub(super) fn four(value: &Value) -> Option<[f64; 4]> {
    numbers(value)?.try_into().ok()
}

/// Points: lists of two numbers, objects with `x` and `y`, or numbers two by two.
pub(super) fn points(value: &Value) -> Option<Vec<[f64; 2]>> {
    let parts = value.as_array()?;
    if let Some(flat) = numbers(value) {
        let (pairs, rest) = flat.as_chunks::<2>();
        return (rest.is_empty() && pairs.len() >= 3).then(|| pairs.to_vec());
    }
    parts
        .iter()
        .map(|point| match point {
            Value::Array(_) => numbers(point)?.try_into().ok(),
            point => Some([point.get("x")?.as_f64()?, point.get("y")?.as_f64()?]),
        })
        .collect()
}
