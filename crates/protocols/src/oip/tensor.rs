//! A named tensor whose elements fit its shape.

use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::elements::{Flat, Spelling};
use super::{Datatype, Parameters, TensorData, TensorError, binary};

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

    /// The elements as a flat JSON array, as a server writes them; `BYTES` that are not all UTF-8 in base64.
    pub(crate) fn to_value(&self) -> Value {
        // By way of the text: a number in single precision has few digits there, and many once it was widened.
        let flat = Flat(&self.data, spelling(&self.parameters));
        serde_json::to_vec(&flat)
            .and_then(|json| serde_json::from_slice(&json))
            .expect("a tensor whose elements are not UTF-8 is in base64")
    }

    /// The elements as JSON arrays within arrays, one level for each dimension.
    ///
    /// ```
    /// use creel_protocols::oip::{Tensor, TensorData};
    ///
    /// let pairs = Tensor::new("pairs", [2, 1], TensorData::Int8(vec![1, 2]))?;
    /// assert_eq!(pairs.to_nested().to_string(), "[[1],[2]]");
    /// # Ok::<(), creel_protocols::oip::TensorError>(())
    /// ```
    pub fn to_nested(&self) -> Value {
        self.to_rows().into()
    }

    /// The elements by the outermost dimension, each row nested as deep as it is.
    pub(crate) fn to_rows(&self) -> Vec<Value> {
        let Value::Array(mut level) = self.to_value() else {
            unreachable!("elements are written as an array")
        };
        for &length in self.shape.iter().skip(1).rev() {
            let mut elements = level.into_iter().peekable();
            level = Vec::new();
            while elements.peek().is_some() {
                level.push(elements.by_ref().take(length).collect());
            }
        }
        level
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
    let expected = count(shape)?;
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

/// How many elements `shape` asks for.
pub(super) fn count(shape: &[usize]) -> Result<usize, TensorError> {
    shape
        .iter()
        .try_fold(1_usize, |product, &dimension| {
            product.checked_mul(dimension)
        })
        .ok_or_else(|| TensorError::TooLarge {
            shape: shape.to_vec(),
        })
}

impl Serialize for Tensor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Head(self, None).serialize(serializer)
    }
}

/// A tensor in JSON: with its data, or with the number of bytes that it has behind the JSON.
pub(super) struct Head<'a>(pub(super) &'a Tensor, pub(super) Option<usize>);

impl Serialize for Head<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(tensor, size) = *self;
        let mut parameters = Cow::Borrowed(&tensor.parameters);
        if let Some(size) = size {
            let parameters = parameters.to_mut();
            if spelling(parameters) == Spelling::Base64 {
                parameters.remove(CONTENT_TYPE);
            }
            parameters.insert(binary::SIZE.into(), size.into());
        }
        let has_parameters = !parameters.is_empty();
        let fields = 3 + usize::from(has_parameters) + usize::from(size.is_none());
        let mut written = serializer.serialize_struct("Tensor", fields)?;
        written.serialize_field("name", &tensor.name)?;
        written.serialize_field("shape", &tensor.shape)?;
        written.serialize_field("datatype", &tensor.datatype())?;
        if has_parameters {
            written.serialize_field("parameters", &*parameters)?;
        } else {
            written.skip_field("parameters")?;
        }
        if size.is_none() {
            let data = Flat(&tensor.data, spelling(&tensor.parameters));
            written.serialize_field("data", &data)?;
        } else {
            written.skip_field("data")?;
        }
        written.end()
    }
}
