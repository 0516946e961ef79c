use proptest::prelude::*;

use super::*;

/// The events of a stream that comes in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let mut events = Vec::new();
    let mut keep = |event: Event<'_>| events.push((event.name.to_owned(), event.data.to_owned()));
    let mut parser = Parser::new(1 << 20);
    for piece in pieces {
        parser.push(piece, &mut keep).unwrap();
    }
    parser.finish(&mut keep);
    events
}

/// Checks the data of a stream's events, cut in two at every place and into single bytes.
#[track_caller]
fn check(stream: &[u8], expected: &[&str]) {
    let data = |events: Vec<(String, String)>| -> Vec<String> {
        events.into_iter().map(|(_, data)| data).collect()
    };
    for at in 0..=stream.len() {
        let (head, tail) = stream.split_at(at);
        assert_eq!(data(read([head, tail])), expected, "cut at {at}");
    }
    assert_eq!(data(read(stream.chunks(1))), expected);
}

#[test]
fn an_event_ends_with_an_empty_line() {
    check(b"data: a\n\ndata: b\n\n", &["a", "b"]);
}

#[test]
fn lines_end_in_any_of_three_ways() {
    check(b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"]);
    check(b"data: a\r\n\ndata: b\n\r\n", &["a", "b"]);
}

#[test]
fn several_lines_of_data_are_joined() {
    check(b"data: a\ndata:b\ndata\ndata:  c\n\n", &["a\nb\n\n c"]);
}

#[test]
fn comments_and_other_fields_are_passed_over() {
    check(
        b": ping\n\nid: 7\nretry: 5\ndata: a\nwhat: b\n:data: c\n\n:\n\n",
        &["a"],
    );
    check(b"data\n\n", &[""]);
    check(b"id: 7\n\n", &[]);
}

#[test]
fn the_type_of_an_event_lasts_until_its_end() {
    let stream = b"event: error\ndata: a\n\ndata: b\n\nevent: lost\n\ndata: c\n\n";
    let events = read([&stream[..]]);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["error", "message", "message"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    check(b"\xef\xbb\xbfdata: a\n\n", &["a"]);
    check(b"\n\xef\xbb\xbfdata: a\n\n", &[]);
}

#[test]
fn an_event_without_its_empty_line_counts_at_the_end() {
    check(b"data: a\n\ndata: b", &["a", "b"]);
    check(b"data: a\n\ndata: b\n", &["a", "b"]);
    check(b"data: a\n\ndata: b\r", &["a", "b"]);
}

#[test]
fn what_is_no_text_is_replaced() {
    check(b"data: a\xffb\n\n", &["a\u{fffd}b"]);
    check("data: Grüße 🙂\n\n".as_bytes(), &["Grüße 🙂"]);
}

#[test]
fn no_more_is_kept_than_was_allowed() {
    let ignore = |_: Event<'_>| {};
    let mut parser = Parser::new(10);
    parser.push(b"data: abcd\n\n", ignore).unwrap();
    parser.push(b"data: abcd\n\n", ignore).unwrap();
    let too_long = Err(TooLong { bytes_max: 10 });
    assert_eq!(parser.push(b"data: abcde", ignore), too_long);
    // Short lines of one event, comments that do not end, and names are bounded alike.
    let mut parser = Parser::new(10);
    parser.push(b"data:ab\ndata:ab\n", ignore).unwrap();
    assert_eq!(parser.push(b"data:ab\n", ignore), too_long);
    let mut parser = Parser::new(10);
    let pushed: Vec<_> = (0..11).map(|_| parser.push(b":", ignore)).collect();
    assert_eq!(pushed.last(), Some(&too_long));
    let mut parser = Parser::new(10);
    parser.push(b"event:abc\n", ignore).unwrap();
    assert_eq!(parser.push(b"data:abcd\n", ignore), too_long);
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        stream in "(data|event|id|:|: |\r|\n|\r\n|a|\u{feff}|ü){0,40}",
        cuts in prop::collection::vec(0..200_usize, 0..6),
    ) {
        let stream = stream.as_bytes();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.sort_unstable();
        let mut rest = stream;
        let mut begin = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            let (head, tail) = rest.split_at(cut - begin);
            pieces.push(head);
            (rest, begin) = (tail, cut);
        }
        pieces.push(rest);
        prop_assert_eq!(read(pieces), read([stream]));
    }

    #[test]
    fn events_are_read_as_they_were_written(
        events in prop::collection::vec("[a-z ü:]{0,8}(\n[a-z ü:]{0,8}){0,3}", 0..6),
        end in prop_oneof![Just("\n"), Just("\r"), Just("\r\n")],
    ) {
        let mut stream = String::new();
        for event in &events {
            for line in event.split('\n') {
                stream += &format!("data: {line}{end}");
            }
            stream += end;
        }
        let read: Vec<String> = read([stream.as_bytes()]).into_iter().map(|(_, data)| data).collect();
        prop_assert_eq!(read, events);
    }
}
