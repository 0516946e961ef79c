//! Numeric features: which iris has these sepals and petals.

use creel_protocols::oip::{Datatype, Tensor, TensorData};
use smartcore::dataset::iris;
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};
use thiserror::Error;

use crate::{Metadata, Model, ModelError};

#[cfg(test)]
mod tests;

/// Sepal length and width, petal length and width, in centimetres.
const FEATURES: usize = 4;

/// Tells the species of an iris from four measurements, by a logistic regression over Fisher's 150 flowers.
///
/// Regularized as it is, it is the same model as scikit-learn's default one on the same flowers.
pub(super) struct Iris {
    metadata: Metadata,
    labels: Vec<String>,
    /// One row per species: the weight of each feature, then the intercept.
    weights: Vec<[f64; FEATURES + 1]>,
}

impl Iris {
    /// Trains the model, which takes some tens of milliseconds.
    pub(super) fn train() -> Result<Self, Failed> {
        let flowers = Flowers::load();
        let count = flowers.species.len();
        let rows = DenseMatrix::new(count, FEATURES, flowers.features, false)?;
        let parameters = LogisticRegressionParameters::default().with_alpha(1.0);
        let regression = LogisticRegression::fit(&rows, &flowers.species, parameters)?;
        let (coefficients, intercepts) = (regression.coefficients(), regression.intercept());
        let weights = (0..flowers.labels.len())
            .map(|species| {
                std::array::from_fn(|column| match column {
                    FEATURES => *intercepts.get((species, 0)),
                    feature => *coefficients.get((species, feature)),
                })
            })
            .collect();
        Ok(Self {
            metadata: Metadata::new("iris", "smartcore logistic regression")
                .input("features", Datatype::Fp64, [-1, FEATURES as i64])
                .output("class", Datatype::Int64, [-1])
                .output("label", Datatype::Bytes, [-1])
                .output("probabilities", Datatype::Fp64, [-1, 3])
                .in_rows(),
            labels: flowers.labels,
            weights,
        })
    }

    /// The probability of each species; `None` when the features are too large to be compared.
    fn probabilities(&self, features: &[f64]) -> Option<Vec<f64>> {
        let scores: Vec<f64> = self
            .weights
            .iter()
            .map(|weights| {
                let products = features.iter().zip(weights).map(|(x, weight)| x * weight);
                products.sum::<f64>() + weights[FEATURES]
            })
            .collect();
        // Relative to the greatest score, so that no exponential overflows.
        let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let odds: Vec<f64> = scores
            .iter()
            .map(|score| (score - greatest).exp())
            .collect();
        let total: f64 = odds.iter().sum();
        total
            .is_finite()
            .then(|| odds.iter().map(|odd| odd / total).collect())
    }
}

impl Model for Iris {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let TensorData::Fp64(features) = inputs[0].data() else {
            unreachable!("the server checks inputs against the metadata")
        };
        let mut classes = Vec::new();
        let mut probabilities = Vec::with_capacity(features.len());
        for (row, features) in features.chunks_exact(FEATURES).enumerate() {
            let of_row = self
                .probabilities(features)
                .ok_or_else(|| ModelError::rejected(OutOfRange { row }))?;
            classes.push(most_likely(&of_row));
            probabilities.extend(of_row);
        }
        let count = classes.len();
        let labels = TensorData::text(classes.iter().map(|&class| self.labels[class].as_str()));
        let classes = classes.iter().map(|&class| class as i64).collect();
        Ok(vec![
            Tensor::new("class", [count], TensorData::Int64(classes))?,
            Tensor::new("label", [count], labels)?,
            Tensor::new(
                "probabilities",
                [count, self.labels.len()],
                TensorData::Fp64(probabilities),
            )?,
        ])
    }
}

fn most_likely(probabilities: &[f64]) -> usize {
    (1..probabilities.len()).fold(0, |best, class| {
        if probabilities[class] > probabilities[best] {
            class
        } else {
            best
        }
    })
}

/// A row of features that no flower has.
#[derive(Debug, Error)]
#[error("the features in row {row} are too large or not numbers")]
struct OutOfRange {
    row: usize,
}

/// The training set.
struct Flowers {
    /// Row by row.
    features: Vec<f64>,
    /// An index into the labels for each row.
    species: Vec<i64>,
    labels: Vec<String>,
}

impl Flowers {
    fn load() -> Self {
        let data = iris::load_dataset();
        Self {
            // Measured in tenths of a centimetre, which single precision only approximates.
            features: data
                .data
                .iter()
                .map(|&x| (f64::from(x) * 10.0).round() / 10.0)
                .collect(),
            species: data
                .target
                .iter()
                .map(|&species| i64::from(species))
                .collect(),
            labels: data.target_names,
        }
    }
}
