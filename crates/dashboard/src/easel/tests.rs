use bytes::Bytes;

use super::*;

const LONG: Duration = Duration::from_secs(3600);

fn easel(interval: Duration, pages: usize) -> Easel {
    Easel::new(Instant::now(), interval, Arc::new(AtomicUsize::new(pages)))
}

fn picture(number: u64, captured: Instant) -> Picture {
    Picture::encoded(number, captured, Bytes::from_static(b"picture"))
}

fn shown(easel: &Easel) -> Option<String> {
    easel.standing(Instant::now()).shown
}

#[test]
fn a_picture_is_due_at_once_and_then_after_the_interval() {
    let easel = easel(LONG, 1);
    assert!(easel.wants_captured() && easel.wants_answered());
    easel.captured(picture(0, Instant::now()));
    assert!(!easel.wants_captured() && easel.wants_answered());
    easel.hasten();
    assert!(easel.wants_captured());
}

#[test]
fn while_nobody_looks_pictures_are_rare() {
    for (pages, pause) in [(1, Duration::ZERO), (0, UNSEEN_INTERVAL)] {
        let easel = easel(Duration::ZERO, pages);
        let before = easel.since_start();
        easel.captured(picture(0, Instant::now()));
        let after = easel.since_start();
        let due = easel.0.captured.due.load(Ordering::Relaxed);
        let pause = pause.as_micros() as u64;
        assert!((before + pause..=after + pause).contains(&due));
    }
}

#[test]
fn the_latest_picture_with_its_answer_is_shown_unless_it_lags_behind() {
    let easel = easel(LONG, 1);
    assert_eq!(shown(&easel), None);
    let start = Instant::now();
    easel.captured(picture(7, start));
    assert_eq!(shown(&easel).as_deref(), Some("7c"));
    easel.answered(picture(3, start), Answer::Failed("gone".into()));
    assert_eq!(shown(&easel).as_deref(), Some("3a"));
    easel.captured(picture(99, start + LAG_MAX + Duration::from_millis(1)));
    assert_eq!(shown(&easel).as_deref(), Some("99c"));
}

#[test]
fn a_picture_that_comes_late_takes_no_later_ones_place() {
    let easel = easel(LONG, 1);
    let start = Instant::now();
    easel.captured(picture(2, start + Duration::from_millis(1)));
    easel.captured(picture(1, start));
    assert_eq!(shown(&easel).as_deref(), Some("2c"));
}

#[test]
fn whoever_puts_a_picture_does_not_wait_for_one_who_looks() {
    let easel = easel(LONG, 1);
    let looking = easel.0.captured.shot.lock().unwrap();
    easel.captured(picture(0, Instant::now()));
    drop(looking);
    assert_eq!(shown(&easel), None, "it was left out");
}

#[test]
fn the_age_is_that_of_the_latest_picture() {
    let easel = easel(LONG, 1);
    let start = Instant::now();
    easel.captured(picture(0, start));
    let standing = easel.standing(start + Duration::from_secs(12));
    assert_eq!(standing.captured_age, Some(12.0));
    assert_eq!(standing.answered_age, None);
}

#[test]
fn a_picture_is_encoded_once_and_only_if_somebody_looks() {
    let (encoded, encodings) = std::sync::mpsc::channel();
    let encode = move || {
        encoded.send(()).unwrap();
        Ok(Bytes::from_static(b"jpeg"))
    };
    let picture = Picture::encoded_by(0, Instant::now(), encode);
    assert!(encodings.try_recv().is_err());
    assert_eq!(picture.bytes(), picture.bytes());
    assert_eq!(encodings.iter().count(), 1);
}

#[test]
fn a_picture_that_cannot_be_encoded_is_none() {
    let picture = Picture::encoded_by(0, Instant::now(), || Err("torn".into()));
    assert_eq!(picture.bytes(), None);
    assert_eq!(picture.bytes(), None);
}
