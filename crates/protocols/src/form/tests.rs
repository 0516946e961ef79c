use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::{Image, Multipart, Payload, Protocol, Request};

const TYPE: &str = "multipart/form-data; boundary=x";

fn read(body: &str) -> Result<Vec<Part>, FormError> {
    parts(TYPE, &Bytes::from(body.to_owned()))
}

/// A form of one part with this head.
fn with_head(head: &str) -> Part {
    let mut parts = read(&format!("--x\r\n{head}\r\n\r\n\r\n--x--")).unwrap();
    parts.remove(0)
}

#[test]
fn parts_stand_between_boundaries() {
    let form = "before\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x \t\r\n\
        content-disposition: form-data; filename=\"b c.png\"; name=b\r\n\
        CONTENT-TYPE: Image/PNG; q=1\r\n\r\n\r\n2\r\n\r\n--x--\r\nbehind";
    let expected = [
        Part {
            name: "a".into(),
            content: "1".into(),
            ..Part::default()
        },
        Part {
            name: "b".into(),
            file: Some("b c.png".into()),
            media_type: Some("image/png".into()),
            content: "\r\n2\r\n".into(),
        },
    ];
    assert_eq!(read(form).unwrap(), expected);
    assert_eq!(read("--x--").unwrap(), []);
}

#[test]
fn names_are_unquoted() {
    for (head, name) in [
        ("name=\"a\\\"b\\\\c\"", "a\"b\\c"),
        ("name=\"C:\\temp\"", "C:\\temp"),
        ("name=\"a;b=c\"; other=d", "a;b=c"),
        ("NAME = a ;x=y", "a"),
        ("name=\"open", "open"),
        ("name=", ""),
        ("=; name=a", "a"),
    ] {
        let part = with_head(&format!("Content-Disposition: form-data; {head}"));
        assert_eq!(part.name, name, "{head}");
    }
    assert_eq!(with_head("X: y"), Part::default());
    assert_eq!(with_head("no header"), Part::default());
}

#[test]
fn a_part_without_headers_has_an_empty_line() {
    assert_eq!(read("--x\r\n\r\na\r\n--x--").unwrap()[0].content, "a");
}

#[test]
fn the_boundary_can_be_quoted() {
    let body = Bytes::from("--x y\r\n\r\na\r\n--x y--");
    let quoted = "Multipart/Form-Data; charset=utf-8; boundary=\"x y\"";
    assert_eq!(parts(quoted, &body).unwrap()[0].content, "a");
    for (declared, error) in [
        ("image/jpeg; boundary=x", FormError::NoForm),
        ("multipart/form-data", FormError::NoBoundary),
        ("multipart/form-data; boundary=", FormError::NoBoundary),
        ("multipart/form-data; boundary=\"\"", FormError::NoBoundary),
        (
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
            FormError::NoBoundary,
        ),
    ] {
        assert_eq!(parts(declared, &body), Err(error), "{declared}");
    }
}

#[test]
fn a_form_that_is_cut_anywhere_is_none() {
    let form = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--";
    for length in 0..form.len() {
        assert!(read(&form[..length]).is_err(), "{length}");
    }
    assert_eq!(read(form).unwrap().len(), 1);
}

#[test]
fn what_is_no_form_is_told() {
    for (body, error) in [
        ("", FormError::NoParts),
        ("--y\r\n\r\n--y--", FormError::NoParts),
        ("--xy\r\n\r\n\r\n--x--", FormError::Boundary),
        ("--x\r\n\r\na", FormError::Cut),
        ("--x\r\na\r\n--x--", FormError::Head),
        (
            &format!("--x\r\na: {}\r\n\r\n\r\n--x--", "b".repeat(20_000)),
            FormError::Head,
        ),
        (
            &("--x".to_owned() + &"\r\n\r\n\r\n--x".repeat(1001) + "--"),
            FormError::TooMany,
        ),
    ] {
        assert_eq!(read(body), Err(error), "{:.40}", body);
    }
}

proptest! {
    #[test]
    fn what_a_client_writes_is_read(
        content in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'-')], 0..64),
        field in "[ -~ü]{0,12}",
        value in "[ -~ü\r\n]{0,12}",
    ) {
        let form = Multipart::new()
            .with_field(field.clone())
            .with_parameters(Map::from_iter([("p".to_owned(), json!(value))]));
        let request = Request::new("b1f0", Payload::Image(Image::jpeg(content.clone())));
        let sent = Protocol::from(form).encode(&request).unwrap();
        let declared = sent.headers()["content-type"].to_str().unwrap();
        let parts = parts(declared, sent.body()).unwrap();
        prop_assert_eq!(&parts[0].content[..], value.as_bytes());
        prop_assert_eq!(&parts[1].content[..], &content[..]);
        prop_assert_eq!(parts[1].media_type.as_deref(), Some("image/jpeg"));
        if !field.contains(['"', '\\', '%']) {
            prop_assert_eq!(&parts[1].name, &field);
        }
    }

    #[test]
    fn no_body_makes_the_reader_panic(body in "(--x|--|\r\n|\r|\n|:|;|=|\"|\\\\|name|ü| |Content-Disposition){0,30}") {
        let longest = body.len();
        for part in read(&body).unwrap_or_default() {
            prop_assert!(part.content.len() <= longest);
        }
    }
}
