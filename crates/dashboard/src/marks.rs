//! What of an answer can be drawn over its picture: boxes and outlines with their labels, and texts.
//!
//! Servers have no common form for that. What is understood:
//!
//! - objects in a list, whatever it is called, each with `box` or `bbox` (four numbers, or `x1` `y1` `x2` `y2`, or `xmin` … `ymax`,
//!   or `x` `y` `width` `height`), with `points`, `polygon` or `corners`, or with `x`, `y`, `width` and `height` of its own, which
//!   are then those of its *centre*, as Roboflow gives them; and with `label`, `class_name`, `class`, `name` or `text`, and
//!   `score`, `confidence` or `probability`;
//! - columns: `boxes`, `bboxes`, `detection_boxes` or `corners`, with `labels`, `classes`, `class_names`, `detection_classes`,
//!   `text` or `texts`, and `scores`, `confidences` or `detection_scores` beside them.
//!
//! Four numbers in an object are the upper left corner with width and height, and in a column two corners, unless one of the
//! answer's boxes would leave the picture so; those of `detection_boxes` begin with the rows, as TensorFlow has them.
//! Coordinates are pixels, or parts of the picture if none is beyond 1.

mod columns;
mod geometry;
mod objects;

use serde::Serialize;
use serde_json::{Map, Value};

use geometry::Frame;

/// More are not drawn: they would hide the picture.
const SHAPES_MAX: usize = 200;

/// More are not shown.
const TEXTS_MAX: usize = 8;

/// How many letters a text has at most.
const LETTERS_MAX: usize = 160;

/// What of an answer can be drawn over its picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Marks {
    pub(crate) shapes: Vec<Shape>,
    /// What belongs to the whole picture.
    pub(crate) texts: Vec<String>,
}

/// An outline in the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Shape {
    /// Its corners, as parts of the picture's width and height.
    pub(crate) points: Vec<[f64; 2]>,
    pub(crate) label: String,
    pub(crate) score: Option<f64>,
}

impl Marks {
    /// What can be drawn of that over a picture of so many columns and rows.
    pub(crate) fn of(answer: &Map<String, Value>, width: u32, height: u32) -> Self {
        let frame = Frame { width, height };
        let mut shapes = columns::shapes(answer, frame);
        if shapes.is_empty() {
            let found = answer.values();
            shapes = found
                .flat_map(|value| objects::shapes(value, frame))
                .collect();
        }
        shapes.truncate(SHAPES_MAX);
        let texts = if shapes.is_empty() {
            texts(answer)
        } else {
            Vec::new()
        };
        Self { shapes, texts }
    }
}

/// Outputs that are short enough to be read.
fn texts(answer: &Map<String, Value>) -> Vec<String> {
    answer
        .iter()
        .filter_map(|(name, value)| {
            let told = told(value)?;
            let is_plain = ["text", "label", "class", "caption", "answer"].contains(&name.as_str());
            Some(if is_plain {
                shortened(&told)
            } else {
                shortened(&format!("{name}: {told}"))
            })
        })
        .take(TEXTS_MAX)
        .collect()
}

/// A value in words; `None` where it has too many parts to be read.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(parts) if parts.is_empty() || parts.len() > 8 => None,
        Value::Array(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(told).collect();
            Some(parts?.join(", "))
        }
        scalar => scalar_text(scalar),
    }
}

/// A number, a text or a truth in words.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() => format!("{}", (float * 1e3).round() / 1e3),
            _ => number.to_string(),
        }),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
