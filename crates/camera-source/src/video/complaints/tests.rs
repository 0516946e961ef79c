use super::Complaints;

fn read(text: &str) -> String {
    Complaints::read(text.as_bytes()).unwrap().to_string()
}

#[test]
fn lines_are_joined_without_the_speaker_and_without_repeats() {
    assert_eq!(
        read(
            "[mov,mp4 @ 0x55f32cfb1900] moov atom not found\r\nx.mp4: Invalid data\nx.mp4: Invalid data\n\n"
        ),
        "moov atom not found; x.mp4: Invalid data"
    );
    assert_eq!(read("[not a speaker] x"), "[not a speaker] x");
    assert_eq!(read(""), "nothing");
}

#[test]
fn the_last_lines_are_kept_and_no_more() {
    let text: String = (0..10_000).map(|line| format!("line {line}\n")).collect();
    let kept = Complaints::read(text.as_bytes()).unwrap();
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines.len(), 8);
    assert_eq!((lines[0], lines[7]), ("line 9992", "line 9999"));
}

#[test]
fn a_line_without_end_takes_bounded_memory() {
    let kept = Complaints::read("x".repeat(100_000).as_bytes()).unwrap();
    assert!(kept.lines().all(|line| line.len() <= 512));
}
