use std::fs;
use std::path::Path;

use creel_camera_source::folder::{Folder, FolderError};
use creel_camera_source::{PixelFormat, Size};
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use image::{ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

use crate::{chain, frames};

fn folder_of(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(width, height, Rgb([200, 60, 30]))
        .write_to(&mut file, format)
        .unwrap();
    file.into_inner()
}

#[test]
fn pictures_come_in_the_order_in_which_a_person_counts() {
    let jpeg = picture(8, 8, ImageFormat::Jpeg);
    let names = ["10.jpg", "2.jpg", "img-100.JPEG", "1.jpg", "img-9.jpeg"];
    let folder = folder_of(&names.map(|name| (name, jpeg.as_slice())));
    let mut source = Folder::open(folder.path()).unwrap();
    assert_eq!(source.count(), 5);
    let frames = frames(&mut source);
    let names: Vec<&str> = frames
        .iter()
        .map(|frame| frame.name.as_deref().unwrap())
        .collect();
    assert_eq!(
        names,
        ["1.jpg", "2.jpg", "10.jpg", "img-9.jpeg", "img-100.JPEG"]
    );
    let numbers: Vec<u64> = frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

#[test]
fn a_file_passes_through_untouched_with_the_size_of_its_header() {
    for (format, file_format, name) in [
        (PixelFormat::Jpeg, ImageFormat::Jpeg, "a.jpg"),
        (PixelFormat::Png, ImageFormat::Png, "a.png"),
        (PixelFormat::WebP, ImageFormat::WebP, "a.webp"),
        (PixelFormat::Gif, ImageFormat::Gif, "a.gif"),
        (PixelFormat::Bmp, ImageFormat::Bmp, "a.bmp"),
        // What counts is the content.
        (PixelFormat::Png, ImageFormat::Png, "misnamed.jpg"),
    ] {
        let file = picture(24, 7, file_format);
        let folder = folder_of(&[(name, &file)]);
        let frames = frames(&mut Folder::open(folder.path()).unwrap());
        let [frame] = frames.as_slice() else {
            panic!("{name}: {frames:?}");
        };
        assert_eq!(frame.format, format, "{name}");
        assert_eq!(frame.size, Size::new(24, 7), "{name}");
        assert_eq!(frame.bytes, file, "{name}");
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_one_error_and_the_next_call_goes_on() {
    let jpeg = picture(8, 8, ImageFormat::Jpeg);
    let folder = folder_of(&[
        ("1.jpg", &jpeg),
        ("2.jpg", b""),
        ("3.jpg", b"this is text"),
        ("4.jpg", &jpeg[..12]),
        ("5.jpg", &jpeg),
        ("6.jpg", &jpeg),
    ]);
    let mut source = Folder::open(folder.path()).unwrap();
    fs::remove_file(folder.path().join("5.jpg")).unwrap();

    let context = Context::new();
    let mut seen = Vec::new();
    loop {
        match source.next(&context) {
            Ok(Some(frame)) => seen.push(format!("{} {}", frame.number, frame.name.unwrap())),
            Ok(None) => break,
            Err(error @ SourceError::Item(_)) => {
                let text = chain(&error).replace(&*folder.path().to_string_lossy(), "");
                seen.push(text.split(": ").nth(1).unwrap().to_owned());
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(
        seen,
        [
            "0 1.jpg",
            "/2.jpg is no picture",
            "/3.jpg is no picture",
            "/4.jpg is no picture",
            "/5.jpg cannot be read",
            "1 6.jpg",
        ]
    );
}

#[test]
fn a_folder_without_pictures_says_so() {
    let folder = folder_of(&[("notes.txt", b"x"), (".hidden.jpg", b"x")]);
    fs::create_dir(folder.path().join("inner.jpg")).unwrap();
    let error = Folder::open(folder.path()).unwrap_err();
    assert!(matches!(error, FolderError::NoPictures { others: 3, .. }));
    let message = chain(&error);
    assert!(message.contains(&*folder.path().to_string_lossy()));
    assert!(message.contains("jpg, jpeg, png"), "{message}");
}

#[test]
fn a_folder_that_is_not_there_says_so() {
    let error = Folder::open(Path::new("/no/such/folder")).unwrap_err();
    assert!(matches!(error, FolderError::List { .. }));
    assert!(chain(&error).contains("/no/such/folder cannot be listed: No such file"));
}
