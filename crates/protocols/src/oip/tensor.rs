//! A named tensor whose elements fit its shape.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::elements::{Flat, Spelling};
use super::{Datatype, Parameters, TensorData, TensorError};

/// The parameter that says how `BYTES` elements are spelled in JSON.
const CONTENT_TYPE: &str = "content_type";
const BASE64: &str = "base64";

/// A named tensor: there are as many elements as the product of its shape's dimensions.
///
/// In JSON its `BYTES` elements are strings. With the parameter `content_type` = `base64` the strings spell the
/// bytes in base64; a tensor with an element that is not UTF-8 always has that parameter. Floating-point
/// numbers that are not finite are written as `null`, and `null` is read as not a number.
///
/// ```
/// use creel_protocols::oip::{Tensor, TensorData};
///
/// let row = Tensor::new("x", [1, 2], TensorData::Fp32(vec![5.1, 3.5]))?;
/// assert_eq!(row.shape(), [1, 2]);
/// assert!(Tensor::new("x", [2, 2], TensorData::Fp32(vec![5.1, 3.5])).is_err());
/// # Ok::<(), creel_protocols::oip::TensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
    data: TensorData,
    parameters: Parameters,
}

impl Tensor {
    /// A tensor of these elements, in row-major order.
    ///
    /// # Errors
    /// [`TensorError::Count`] when there are more or fewer elements than the shape asks for, and
    /// [`TensorError::TooLarge`] when that number cannot be counted.
    pub fn new(
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        data: TensorData,
    ) -> Result<Self, TensorError> {
        let shape = shape.into();
        check_count(&shape, data.len())?;
        let tensor = Self {
            name: name.into(),
            shape,
            data,
            parameters: Parameters::new(),
        };
        Ok(tensor.with_parameters(Parameters::new()))
    }

    /// A tensor of one dimension.
    pub fn vector(name: impl Into<String>, data: TensorData) -> Self {
        let tensor = Self {
            name: name.into(),
            shape: vec![data.len()],
            data,
            parameters: Parameters::new(),
        };
        tensor.with_parameters(Parameters::new())
    }

    /// The same tensor with these parameters in place of those it had.
    ///
    /// `content_type` is `base64` all the same when an element is not UTF-8.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        if !self.is_base64() && self.data.is_binary() {
            return self.in_base64();
        }
        self
    }

    /// The same tensor with its `BYTES` elements spelled in base64 in JSON; others stay as they are.
    #[must_use]
    pub fn in_base64(mut self) -> Self {
        if self.datatype() == Datatype::Bytes {
            self.parameters.insert(CONTENT_TYPE.into(), BASE64.into());
        }
        self
    }

    /// The name that the model knows it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The dimensions, outermost first; none for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What each element is.
    pub fn datatype(&self) -> Datatype {
        self.data.datatype()
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// The elements in row-major order, to keep.
    pub fn into_data(self) -> TensorData {
        self.data
    }

    /// What else was said about it.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn is_base64(&self) -> bool {
        self.datatype() == Datatype::Bytes && spelling(&self.parameters) == Spelling::Base64
    }
}

/// How these parameters say that `BYTES` elements are spelled.
pub(super) fn spelling(parameters: &Parameters) -> Spelling {
    match parameters.get(CONTENT_TYPE) {
        Some(Value::String(content_type)) if content_type == BASE64 => Spelling::Base64,
        _ => Spelling::Text,
    }
}

/// Whether `found` elements are as many as `shape` asks for.
fn check_count(shape: &[usize], found: usize) -> Result<(), TensorError> {
    let expected = shape
        .iter()
        .try_fold(1_usize, |product, &dimension| {
            product.checked_mul(dimension)
        })
        .ok_or_else(|| TensorError::TooLarge {
            shape: shape.to_vec(),
        })?;
    if found == expected {
        Ok(())
    } else {
        Err(TensorError::Count {
            shape: shape.to_vec(),
            expected,
            found,
        })
    }
}

impl Serialize for Tensor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_parameters = !self.parameters.is_empty();
        let mut tensor = serializer.serialize_struct("Tensor", 4 + usize::from(has_parameters))?;
        tensor.serialize_field("name", &self.name)?;
        tensor.serialize_field("shape", &self.shape)?;
        tensor.serialize_field("datatype", &self.datatype())?;
        if has_parameters {
            tensor.serialize_field("parameters", &self.parameters)?;
        } else {
            tensor.skip_field("parameters")?;
        }
        tensor.serialize_field("data", &Flat(&self.data, spelling(&self.parameters)))?;
        tensor.end()
    }
}
