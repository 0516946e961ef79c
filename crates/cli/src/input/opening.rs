//! How an input is found and opened.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use creel_camera_source::{Camera, Location};
use creel_items::{JsonLines, Prompts, Rows};

use super::Input;
use super::format::Format;
use super::frames::{Frames, Naming};
use super::listed::Listed;
use super::pictures::Pictures;
use super::pipe::{CallAway, Pipe};
use super::text::Text;
use crate::run_id::RunId;

impl Input {
    /// Opens a file, folders, or standard input as `-`, and reads the first item.
    ///
    /// A path that is not there and has `*`, `?` or `[` in it is a pattern. `columns` chooses the columns of a CSV
    /// file; without a choice it is all but `id`.
    pub(crate) fn open(
        inputs: &[PathBuf],
        format: Option<Format>,
        columns: &[String],
    ) -> Result<Self> {
        let paths = expanded(inputs)?;
        let [path, others @ ..] = &paths[..] else {
            bail!("nothing to read was named");
        };
        let format = match format {
            Some(format) => format,
            None => guess(path)?,
        };
        if let Some(other) = others.first()
            && format != Format::Images
        {
            bail!(
                "{} and {} cannot be read in one run, as only pictures can: put them together, as in \
                 `cat FILES | creel batch - --format jsonl`, or run one after the other with an --out of its own",
                path.display(),
                other.display()
            );
        }
        let mut input = match format {
            Format::Images => pictures(&paths)?,
            Format::Video => video(path)?,
            _ => {
                let name = name(path);
                let context = format!("cannot read {name}");
                lines(path, name, format, columns).context(context)?
            }
        };
        input.format = Some(format);
        if path.as_os_str() != "-" {
            input.paths = paths;
        }
        input.begun()
    }

    /// The frames of a camera in a run, at most so many; one that waits for its reader has its first one read.
    pub(crate) fn camera(
        camera: Camera,
        name: Arc<str>,
        run: &RunId,
        count_max: Option<u64>,
    ) -> Result<Self> {
        let is_live = camera.is_live();
        let count = [camera.frame_count(), count_max]
            .into_iter()
            .flatten()
            .min();
        let frames = Frames::new(camera, Arc::clone(&name), Naming::Camera(run.clone()));
        let frames = frames.at_most(count_max.unwrap_or(u64::MAX));
        let mut input = Self::new(name, frames);
        input.expect(count);
        if is_live { Ok(input) } else { input.begun() }
    }
}

/// What is there as it is, and the files that fit a pattern in place of it.
fn expanded(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for input in inputs {
        let pattern = input.to_str().filter(|text| text.contains(['*', '?', '[']));
        let Some(pattern) = pattern.filter(|_| !input.exists()) else {
            paths.push(input.clone());
            continue;
        };
        let found = glob::glob(pattern).with_context(|| format!("{pattern} is no pattern"))?;
        let before = paths.len();
        for path in found {
            paths.push(path.with_context(|| format!("cannot look for {pattern}"))?);
        }
        if paths.len() == before {
            bail!("nothing is there that fits {pattern}");
        }
        paths[before..].sort_by(|a, b| alphanumeric_sort::compare_path(a, b));
    }
    Ok(paths)
}

fn guess(path: &Path) -> Result<Format> {
    if path.as_os_str() == "-" {
        bail!("what comes on standard input must be said: --format csv, jsonl, text or list");
    }
    // A file that is not there is a better reason than a name that says nothing.
    fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    Format::of(path).with_context(|| {
        format!(
            "the name of {} does not tell what it is: say --format csv, jsonl, text, images, list or video",
            path.display()
        )
    })
}

fn name(path: &Path) -> Arc<str> {
    match path.to_str() {
        Some("-") => "standard input".into(),
        _ => path.display().to_string().into(),
    }
}

fn pictures(paths: &[PathBuf]) -> Result<Input> {
    for path in paths {
        fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let name: Arc<str> = match paths {
        [path] => name(path),
        paths => format!("{} files and folders", paths.len()).into(),
    };
    Ok(Input::new(Arc::clone(&name), Pictures::new(name, paths)))
}

fn video(path: &Path) -> Result<Input> {
    let camera = Camera::open(&Location::Path(path.to_owned()))?;
    let count = camera.frame_count();
    let name = name(path);
    let frames = Frames::new(camera, Arc::clone(&name), Naming::Id);
    let mut input = Input::new(name, frames);
    input.expect(count);
    Ok(input)
}

fn lines(path: &Path, name: Arc<str>, format: Format, columns: &[String]) -> Result<Input> {
    let (reader, call_away) = stream(path)?;
    let named = Arc::clone(&name);
    let mut input = match format {
        Format::Csv => Input::new(name, Text::new(named, Rows::new(reader, columns)?)),
        Format::Jsonl => {
            let items = JsonLines::new(reader, folder(path));
            Input::new(name, Text::new(named, items))
        }
        Format::List => Input::new(name, Listed::new(named, reader)),
        _ => Input::new(name, Text::new(named, Prompts::new(reader))),
    };
    input.call_away = call_away;
    Ok(input)
}

fn stream(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<CallAway>)> {
    if path.as_os_str() == "-" {
        let (pipe, call_away) = Pipe::open(io::stdin())?;
        return Ok((Box::new(pipe), Some(call_away)));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        return Ok((Box::new(file), None));
    }
    let (pipe, call_away) = Pipe::open(file)?;
    Ok((Box::new(pipe), Some(call_away)))
}

/// The folder that a file is in, or the current one.
fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
