//! Pictures: what the QR codes in them say.

use creel_protocols::oip::{Datatype, Tensor, TensorData};
use rqrr::{BitGrid, Point, PreparedImage};
use thiserror::Error;

use super::picture::{Picture, PictureError};
use crate::{Metadata, Model, ModelError};

/// Reads the QR codes in JPEG and PNG pictures, from the pixels alone.
///
/// One row comes out per code, not per picture: a picture may show none or several.
pub(super) struct Qr {
    metadata: Metadata,
}

impl Qr {
    pub(super) fn new() -> Self {
        Self {
            metadata: Metadata::new("qr", "rqrr")
                .input("image", Datatype::Bytes, [-1])
                .output("text", Datatype::Bytes, [-1])
                .output("corners", Datatype::Int32, [-1, 4, 2])
                .output("image_index", Datatype::Int64, [-1])
                .media("image/jpeg")
                .media("image/png"),
        }
    }
}

impl Model for Qr {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let TensorData::Bytes(pictures) = inputs[0].data() else {
            unreachable!("the server checks inputs against the metadata")
        };
        let (mut texts, mut corners, mut indices) = (Vec::new(), Vec::new(), Vec::new());
        for (index, bytes) in pictures.iter().enumerate() {
            let picture = Picture::decode(bytes)
                .map_err(|source| ModelError::rejected(Undecodable { index, source }))?;
            for code in read_codes(&picture) {
                texts.push(code.text.into());
                corners.extend(code.corners.as_flattened());
                indices.push(index as i64);
            }
        }
        let count = texts.len();
        Ok(vec![
            Tensor::new("text", [count], TensorData::Bytes(texts))?,
            Tensor::new("corners", [count, 4, 2], TensorData::Int32(corners))?,
            Tensor::new("image_index", [count], TensorData::Int64(indices))?,
        ])
    }
}

/// A picture of the request that is none.
#[derive(Debug, Error)]
#[error("image {index} is no picture")]
struct Undecodable {
    index: usize,
    source: PictureError,
}

/// A QR code that was read.
struct Code {
    /// Its bytes, most often UTF-8.
    text: Vec<u8>,
    /// Columns and rows of its corners: top left, top right, bottom right, bottom left, as the code is read.
    corners: [[i32; 2]; 4],
}

fn read_codes(picture: &Picture) -> Vec<Code> {
    let mut prepared =
        PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
            picture.luma(x, y)
        });
    prepared
        .detect_grids()
        .into_iter()
        .filter_map(|grid| {
            let mut text = Vec::new();
            match grid.decode_to(&mut text) {
                Ok(_) => Some(Code {
                    text,
                    corners: corners(grid.grid.size(), grid.bounds),
                }),
                Err(error) => {
                    tracing::debug!(%error, corners = ?grid.bounds, "a QR code cannot be read");
                    None
                }
            }
        })
        .collect()
}

/// The corners of a code of so many modules, given a square that is one module larger.
///
/// The reader tells where a row and a column beyond the code would end.
fn corners(modules: usize, [first, right, opposite, below]: [Point; 4]) -> [[i32; 2]; 4] {
    let share = modules as f64 / (modules as f64 + 1.0);
    let towards = |from: i32, to: i32| from + (f64::from(to - from) * share).round() as i32;
    [first, right, opposite, below]
        .map(|corner| [towards(first.x, corner.x), towards(first.y, corner.y)])
}
