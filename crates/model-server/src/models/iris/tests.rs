use super::*;

fn infer(rows: &[[f64; FEATURES]]) -> Result<Vec<Tensor>, ModelError> {
    let features = TensorData::Fp64(rows.as_flattened().to_vec());
    let features = Tensor::new("features", [rows.len(), FEATURES], features).unwrap();
    Iris::train().unwrap().infer(&[features])
}

#[test]
fn nearly_all_flowers_of_the_training_set_are_recognized() {
    let Flowers {
        features, species, ..
    } = Flowers::load();
    let (rows, _) = features.as_chunks();
    let outputs = infer(rows).unwrap();
    let TensorData::Int64(classes) = outputs[0].data() else {
        panic!("{outputs:?}");
    };
    let right = classes
        .iter()
        .zip(&species)
        .filter(|(told, is)| told == is)
        .count();
    assert_eq!(species.len(), 150);
    assert!(
        right * 100 >= 96 * species.len(),
        "{right} of {} are right",
        species.len()
    );
}

#[test]
fn the_class_is_the_most_probable_one_and_the_label_is_its_name() {
    let outputs = infer(&[[5.1, 3.5, 1.4, 0.2], [5.9, 3.0, 5.1, 1.8]]).unwrap();
    assert_eq!(
        outputs[0],
        Tensor::vector("class", TensorData::Int64(vec![0, 2]))
    );
    let labels = TensorData::text(["setosa", "virginica"]);
    assert_eq!(outputs[1], Tensor::vector("label", labels));
    assert_eq!(outputs[2].shape(), [2, 3]);
    let probabilities = outputs[2].data().to_f64().unwrap();
    assert!(probabilities[0] > 0.9, "{probabilities:?}");
    assert!(probabilities[5] > 0.5, "{probabilities:?}");
    for row in probabilities.chunks(3) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
    }
}

#[test]
fn a_batch_without_rows_has_an_answer_without_rows() {
    let outputs = infer(&[]).unwrap();
    assert_eq!(outputs[2].shape(), [0, 3]);
}

#[test]
fn features_that_overflow_are_rejected_with_their_row() {
    for extreme in [f64::NAN, f64::INFINITY, f64::MAX] {
        let error = infer(&[[5.1, 3.5, 1.4, 0.2], [extreme; 4]]).unwrap_err();
        let ModelError::Rejected(reason) = error else {
            panic!("{error:?}");
        };
        assert!(reason.to_string().contains("row 1"), "{reason}");
    }
}
