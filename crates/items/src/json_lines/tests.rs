use super::*;

/// What is wrong with an item that names this image.
#[track_caller]
fn check(image: &str, expected: &str) {
    let text = format!("{{\"image\": \"{image}\"}}");
    let mut items = JsonLines::new(text.as_bytes(), "/");
    let found = items.next().unwrap().unwrap();
    assert_eq!(found.payload.unwrap_err().to_string(), expected);
}

#[test]
fn only_files_are_read_as_images() {
    check("dev/zero", "the image /dev/zero is not a file");
    check("dev", "the image /dev is not a file");
}

#[test]
fn an_image_beyond_all_measure_does_not_fill_the_memory() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let path = file.path().display().to_string();
    check(&path, &format!("the image {path} has more than 64 MiB"));
}
