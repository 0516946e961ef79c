//! Server-sent events: however the bytes are cut, the same events come out, and none is longer than allowed.

#![no_main]

use creel_protocols::openai::Stream;
use creel_protocols::sse::{Parser, TooLong};
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 256;

/// The data of the events, or that one was too long.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<String>, TooLong> {
    let mut events = Vec::new();
    let mut parser = Parser::new(BYTES_MAX);
    for piece in pieces {
        parser.push(piece, |event| events.push(event.data.to_owned()))?;
    }
    parser.finish(|event| events.push(event.data.to_owned()));
    Ok(events)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let whole = read(std::iter::once(stream));
    let cut = read(stream.chunks(usize::from(size).max(1)));
    // Where something is too long, less of it may have been read in smaller pieces.
    assert_eq!(whole.is_err(), cut.is_err());
    if let (Ok(whole), Ok(cut)) = (&whole, &cut) {
        assert_eq!(whole, cut);
        // What is no text becomes longer when it is replaced, by no more than that.
        assert!(whole.iter().all(|data| data.len() <= 3 * BYTES_MAX));
    }
    let mut words = String::new();
    let mut chat = Stream::default();
    if chat.push(stream, |word| words.push_str(word)).is_ok()
        && let Ok(answer) = chat.finish()
    {
        assert!(
            answer.outputs["text"]
                .as_str()
                .is_some_and(|text| text.starts_with(&words))
        );
    }
});
