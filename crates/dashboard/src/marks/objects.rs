//! Objects in a list: what is found stands together, one by one.

use serde_json::{Map, Value};

use super::geometry::{Frame, Order, four, points};
use super::{Shape, scalar_text, shortened};

/// What each may be called.
const BOXES: [&str; 3] = ["box", "bbox", "bounding_box"];
const OUTLINES: [&str; 3] = ["points", "polygon", "corners"];
const LABELS: [&str; 5] = ["label", "class_name", "class", "name", "text"];
const SCORES: [&str; 3] = ["score", "confidence", "probability"];

/// What can be drawn of a list of objects, also within a list of one element for each picture.
pub(super) fn shapes(value: &Value, frame: Frame) -> Vec<Shape> {
    let Value::Array(elements) = value else {
        return Vec::new();
    };
    let objects = elements.iter().filter_map(Value::as_object);
    let boxes: Vec<_> = objects
        .filter_map(|object| four(first(object, &BOXES)?))
        .collect();
    let order = frame.order(&boxes, Order::Extent);
    elements
        .iter()
        .flat_map(|element| match element {
            Value::Object(object) => shape(object, frame, order).into_iter().collect(),
            inner => shapes(inner, frame),
        })
        .collect()
}

fn shape(object: &Map<String, Value>, frame: Frame, order: Order) -> Option<Shape> {
    let points = outline(object, frame, order)?;
    // A name says more than a number.
    let named = LABELS.iter().find_map(|name| object.get(*name)?.as_str());
    let label = match named {
        Some(name) => Some(name.to_owned()),
        None => first(object, &LABELS).and_then(scalar_text),
    };
    let score = first(object, &SCORES).and_then(Value::as_f64);
    Some(Shape {
        points,
        label: shortened(&label.unwrap_or_default()),
        score,
    })
}

/// Four numbers in a list are told in that order.
fn outline(object: &Map<String, Value>, frame: Frame, order: Order) -> Option<Vec<[f64; 2]>> {
    let outlines = OUTLINES.iter().filter_map(|name| object.get(*name));
    for value in outlines {
        if let Some(points) = points(value).filter(|points| points.len() >= 3) {
            return frame.outline(&points);
        }
    }
    match first(object, &BOXES) {
        Some(Value::Object(sides)) => {
            let corners = named(sides, ["x1", "y1", "x2", "y2"])
                .or_else(|| named(sides, ["xmin", "ymin", "xmax", "ymax"]))
                .or_else(|| named(sides, ["left", "top", "right", "bottom"]));
            match corners {
                Some(corners) => frame.rectangle(corners, Order::Corners),
                None => {
                    let extent = named(sides, ["x", "y", "width", "height"])?;
                    frame.rectangle(extent, Order::Extent)
                }
            }
        }
        Some(list) => frame.rectangle(four(list)?, order),
        None => {
            let [x, y, width, height] = named(object, ["x", "y", "width", "height"])?;
            let extent = [x - width / 2.0, y - height / 2.0, width, height];
            frame.rectangle(extent, Order::Extent)
        }
    }
}

fn first<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(*name))
}

fn named(object: &Map<String, Value>, names: [&str; 4]) -> Option<[f64; 4]> {
    let mut numbers = [0.0; 4];
    for (number, name) in numbers.iter_mut().zip(names) {
        *number = object.get(name)?.as_f64()?;
    }
    Some(numbers)
}
