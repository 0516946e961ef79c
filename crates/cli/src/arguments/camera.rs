//! Reads a camera off the command line.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use super::NamedCamera;

/// Repeats nothing of a text that names no camera, as clap does otherwise: it may hold a password.
#[derive(Clone)]
pub(super) struct CameraParser;

impl TypedValueParser for CameraParser {
    type Value = NamedCamera;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<NamedCamera, Error> {
        let Some(text) = value.to_str() else {
            return Err(Error::new(ErrorKind::InvalidUtf8).with_cmd(command));
        };
        text.parse().map_err(|error| {
            let told = format!("invalid value for '--camera <CAMERA>': {error}");
            command.clone().error(ErrorKind::ValueValidation, told)
        })
    }
}
