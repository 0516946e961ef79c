//! Columns: what is found stands in lists of the same length, one for each of its properties.

use serde_json::{Map, Value};

use super::geometry::{Frame, Order, four, points};
use super::{Shape, scalar_text, shortened};

/// What the places may be called, how many numbers each has where they stand in one list, and how four numbers tell a box.
const PLACES: [(&str, usize, Order); 4] = [
    ("corners", 8, Order::Corners),
    ("boxes", 4, Order::Corners),
    ("bboxes", 4, Order::Corners),
    ("detection_boxes", 4, Order::RowsFirst),
];
const LABELS: [&str; 6] = [
    "labels",
    "class_names",
    "classes",
    "detection_classes",
    "text",
    "texts",
];
const SCORES: [&str; 3] = ["scores", "confidences", "detection_scores"];

/// What is less certain than that is no more than a guess, of which such servers give a hundred.
const CERTAIN: f64 = 0.3;

/// What can be drawn of columns; nothing if there are none.
pub(super) fn shapes(answer: &Map<String, Value>, frame: Frame) -> Vec<Shape> {
    let places = PLACES
        .iter()
        .find_map(|(name, width, order)| Some((rows(answer.get(*name)?, *width)?, *order)));
    let Some((places, order)) = places else {
        return Vec::new();
    };
    let column = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| scalars(answer.get(*name)?).filter(|rows| rows.len() >= places.len()))
    };
    let (labels, scores) = (column(&LABELS), column(&SCORES));
    let of =
        |column: Option<&[Value]>, row: usize| column.and_then(|column| column.get(row).cloned());
    let found: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(row, place)| (row, place, of(scores, row).and_then(|score| score.as_f64())))
        .filter(|(_, _, score)| score.is_none_or(|score| score >= CERTAIN))
        .collect();
    let boxes: Vec<_> = found
        .iter()
        .filter_map(|(_, place, _)| four(place))
        .collect();
    let order = frame.order(&boxes, order);
    found
        .into_iter()
        .filter_map(|(row, place, score)| {
            let points = match four(place) {
                Some(numbers) => frame.rectangle(numbers, order)?,
                None => frame.outline(&points(place)?)?,
            };
            let label = of(labels, row).and_then(|label| scalar_text(&label));
            Some(Shape {
                points,
                label: shortened(&label.unwrap_or_default()),
                score,
            })
        })
        .collect()
}

/// The rows of a column of places; those of the one picture, where they are grouped by picture.
///
/// A tensor may come as one list of all its numbers.
fn rows(value: &Value, width: usize) -> Option<Vec<Value>> {
    let rows = value.as_array()?;
    if !rows.is_empty() && rows.iter().all(Value::is_number) {
        let chunks = rows.chunks_exact(width);
        return chunks
            .remainder()
            .is_empty()
            .then(|| chunks.map(|chunk| chunk.to_vec().into()).collect());
    }
    match &rows[..] {
        [Value::Array(inner)] if is_of_boxes(inner) => Some(inner.clone()),
        rows => Some(rows.to_vec()),
    }
}

/// The same of a column of labels or scores.
fn scalars(value: &Value) -> Option<&[Value]> {
    match &value.as_array()?[..] {
        [Value::Array(inner)] => Some(inner),
        rows => Some(rows),
    }
}

/// Whether these are boxes or outlines, and no points of one.
fn is_of_boxes(rows: &[Value]) -> bool {
    rows.iter().all(|row| {
        let is_outline = |row: &Value| row.get(0).is_some_and(Value::is_array);
        four(row).is_some() || is_outline(row)
    })
}
