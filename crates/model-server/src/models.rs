//! The models that come with the server.

mod iris;
mod lang;
mod picture;
mod qr;

use thiserror::Error;

use crate::Catalogue;

/// Why a model that is trained at the start could not be.
#[derive(Debug, Error)]
#[error("the model `iris` cannot be trained")]
pub struct TrainError(#[source] smartcore::error::Failed);

impl Catalogue {
    /// The models that come with the server; training takes some tens of milliseconds.
    ///
    /// | model | input | outputs |
    /// |---|---|---|
    /// | `iris` | `features` FP64 `[n, 4]`: sepal length and width, petal length and width, in cm | `class` INT64 `[n]`, `label` BYTES `[n]`, `probabilities` FP64 `[n, 3]` |
    /// | `qr` | `image` BYTES `[n]`: JPEG or PNG | for each code found `text` BYTES `[m]`, `corners` INT32 `[m, 4, 2]` (x and y; top left, top right, bottom right, bottom left), `image_index` INT64 `[m]` |
    /// | `lang` | `text` BYTES `[n]`: UTF-8 | `language` BYTES `[n]` (ISO 639-3, `und` when undetermined), `name` BYTES `[n]`, `confidence` FP64 `[n]` |
    ///
    /// # Errors
    /// [`TrainError`] when the classifier cannot be trained.
    pub fn built_in() -> Result<Self, TrainError> {
        Ok(Self::new()
            .with(iris::Iris::train().map_err(TrainError)?)
            .with(qr::Qr::new())
            .with(lang::Lang::new()))
    }
}
