//! What kind of file an input is.

use std::path::Path;

use clap::ValueEnum;

/// What kind of file an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Rows of numbers under a header
    Csv,
    /// An item in JSON on each line
    Jsonl,
    /// A prompt on each line
    Text,
    /// Folders of pictures with all that is in them, or pictures
    Images,
    /// The path of a picture on each line
    List,
    /// A video file, read by ffmpeg
    Video,
}

impl Format {
    /// Tells the kind of a file by its name, or that it is a folder.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        if path.is_dir() {
            return Some(Self::Images);
        }
        Self::of_name(path)
    }

    /// Tells the kind of a file by its name.
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            "txt" | "text" => Self::Text,
            "list" => Self::List,
            "jpg" | "jpeg" | "png" | "webp" | "gif" | "bmp" => Self::Images,
            "mp4" | "m4v" | "mkv" | "mov" | "avi" | "webm" | "mpg" | "mpeg" | "ts" | "flv"
            | "wmv" | "ogv" | "3gp" | "mjpeg" | "mjpg" | "y4m" => Self::Video,
            _ => return None,
        })
    }
}
