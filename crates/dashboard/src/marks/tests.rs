use serde_json::json;

use super::*;

fn marks(answer: &Value) -> Marks {
    Marks::of(answer.as_object().unwrap(), 200, 100)
}

/// Checks the one outline of an answer about a picture of 200 by 100 pixels, in pixels.
#[track_caller]
fn check(answer: Value, pixels: &[[f64; 2]], label: &str, score: Option<f64>) {
    let marks = marks(&answer);
    let [shape] = &marks.shapes[..] else {
        panic!("{marks:?}")
    };
    let found: Vec<[f64; 2]> = shape
        .points
        .iter()
        .map(|[x, y]| [(x * 200.0).round(), (y * 100.0).round()])
        .collect();
    assert_eq!(found, pixels);
    assert_eq!((&*shape.label, shape.score), (label, score));
}

const BOX: [[f64; 2]; 4] = [[20.0, 10.0], [60.0, 10.0], [60.0, 40.0], [20.0, 40.0]];

#[test]
fn the_corners_of_codes_are_outlines_with_what_the_codes_say() {
    let corners = [[20, 10], [60, 12], [58, 40], [22, 38]];
    let expected = corners.map(|point| point.map(f64::from));
    check(
        json!({"text": ["17"], "corners": [corners], "image_index": [0]}),
        &expected,
        "17",
        None,
    );
}

#[test]
fn tensors_in_one_list_are_cut_into_their_rows() {
    check(
        json!({"text": ["17"], "corners": [20, 10, 60, 10, 60, 40, 20, 40], "image_index": [0]}),
        &BOX,
        "17",
        None,
    );
    let two =
        json!({"boxes": [20, 10, 60, 40, 0, 0, 9, 9], "scores": [0.5, 0.5], "labels": ["a", "b"]});
    let labels: Vec<String> = marks(&two)
        .shapes
        .into_iter()
        .map(|shape| shape.label)
        .collect();
    assert_eq!(labels, ["a", "b"]);
}

#[test]
fn flat_corners_are_the_same() {
    check(
        json!({"text": ["17"], "corners": [[20, 10, 60, 10, 60, 40, 20, 40]]}),
        &BOX,
        "17",
        None,
    );
}

#[test]
fn lists_of_objects_with_a_box_are_drawn() {
    let boxes = json!([{"class": "FACE", "score": 0.75, "box": [20, 10, 40, 30]}]);
    check(json!({"boxes": boxes}), &BOX, "FACE", Some(0.75));
    let sides = json!({"x1": 20, "y1": 10, "x2": 60, "y2": 40});
    check(
        json!({"results": [{"name": "dog", "class": 16, "confidence": 0.5, "box": sides}]}),
        &BOX,
        "dog",
        Some(0.5),
    );
    let sides = json!({"xmin": 20, "ymin": 10, "xmax": 60, "ymax": 40});
    check(
        json!({"output": [[{"label": "dog", "score": 0.5, "box": sides}]]}),
        &BOX,
        "dog",
        Some(0.5),
    );
}

#[test]
fn places_of_their_own_are_those_of_the_centre() {
    let prediction =
        json!({"x": 40, "y": 25, "width": 40, "height": 30, "class": "pawn", "confidence": 0.9});
    check(
        json!({"predictions": [prediction], "image": {"width": 200, "height": 100}}),
        &BOX,
        "pawn",
        Some(0.9),
    );
}

#[test]
fn outlines_of_points_are_preferred_to_their_boxes() {
    let points = json!([{"x": 20, "y": 10}, {"x": 60, "y": 10}, {"x": 40, "y": 40}]);
    check(
        json!({"predictions": [{"x": 40, "y": 25, "width": 40, "height": 30, "points": points}]}),
        &[[20.0, 10.0], [60.0, 10.0], [40.0, 40.0]],
        "",
        None,
    );
}

#[test]
fn columns_of_boxes_are_drawn() {
    let boxes = json!([[20, 10, 60, 40]]);
    check(
        json!({"boxes": boxes, "labels": ["cat"], "scores": [0.5]}),
        &BOX,
        "cat",
        Some(0.5),
    );
    check(
        json!({"boxes": [boxes], "classes": [[3]], "scores": [[0.5]]}),
        &BOX,
        "3",
        Some(0.5),
    );
    check(
        json!({"detection_boxes": [[[0.1, 0.1, 0.4, 0.3]]], "detection_scores": [[0.5]]}),
        &BOX,
        "",
        Some(0.5),
    );
}

#[test]
fn a_box_that_would_leave_the_picture_is_read_in_the_other_order() {
    check(
        json!({"boxes": [[20, 10, 150, 85]]}),
        &[[20.0, 10.0], [150.0, 10.0], [150.0, 85.0], [20.0, 85.0]],
        "",
        None,
    );
    check(
        json!({"found": [{"bbox": [160, 70, 190, 95]}]}),
        &[[160.0, 70.0], [190.0, 70.0], [190.0, 95.0], [160.0, 95.0]],
        "",
        None,
    );
    check(
        json!({"boxes": [[160, 70, 30, 25]]}),
        &[[160.0, 70.0], [190.0, 70.0], [190.0, 95.0], [160.0, 95.0]],
        "",
        None,
    );
}

#[test]
fn all_boxes_of_an_answer_are_read_in_one_order() {
    // The second fits into the picture as corners alone; the first would as both.
    let objects = json!({"found": [{"bbox": [20, 10, 60, 40]}, {"bbox": [100, 50, 190, 90]}]});
    // The second fits into the picture with its width and height alone.
    let columns = json!({"boxes": [[20, 10, 60, 40], [100, 50, 40, 30]]});
    let first = |answer: &Value| {
        let points = &marks(answer).shapes[0].points;
        [points[2][0] * 200.0, points[2][1] * 100.0].map(f64::round)
    };
    assert_eq!(first(&objects), [60.0, 40.0]);
    assert_eq!(first(&columns), [80.0, 50.0]);
    // The second is only a guess, and decides nothing.
    let guess = json!({"boxes": [[20, 10, 60, 40], [100, 50, 40, 30]], "scores": [0.9, 0.1]});
    assert_eq!(first(&guess), [60.0, 40.0]);
}

#[test]
fn guesses_of_columns_are_not_drawn() {
    let answer = json!({"boxes": [[0, 0, 9, 9], [1, 1, 9, 9]], "scores": [0.9, 0.01]});
    assert_eq!(marks(&answer).shapes.len(), 1);
}

#[test]
fn an_answer_without_places_is_told_in_words() {
    let answer = json!({
        "text": "a street",
        "label": ["setosa"],
        "probabilities": [0.91234, 0.0877],
        "embedding": vec![0.5; 300],
        "usage": {"tokens": 3},
    });
    let mut texts = marks(&answer).texts;
    texts.sort();
    assert_eq!(texts, ["a street", "probabilities: 0.912, 0.088", "setosa"]);
}

#[test]
fn long_texts_are_cut_between_letters() {
    let texts = marks(&json!({"text": "ä".repeat(1000)})).texts;
    assert_eq!(texts[0].chars().count(), LETTERS_MAX + 1);
}

#[test]
fn there_are_never_more_shapes_than_can_be_seen() {
    let boxes = vec![json!([1, 1, 2, 2]); 1000];
    assert_eq!(marks(&json!({"boxes": boxes})).shapes.len(), SHAPES_MAX);
}

proptest::proptest! {
    #[test]
    fn whatever_a_server_answers_is_borne(text in r#"(\{"(boxes|corners|predictions|text)":\[*([0-9.\-e]{1,4},|"x"|\{"box":|null|[\[\]{},]){0,8}\]*\})|.{0,40}"#) {
        if let Ok(Value::Object(answer)) = serde_json::from_str(&text) {
            let marks = Marks::of(&answer, 200, 100);
            assert!(marks.shapes.iter().flat_map(|shape| shape.points.as_flattened()).all(|part| part.is_finite()));
        }
    }
}
