use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::{Value, json};

use crate::pictures;
use crate::program::Folder;
use crate::script;

/// Checks that there are so many records in capture order, each answered with its own frame's number.
#[track_caller]
fn check_numbers(records: &[Value], count: u64) {
    let frames: Vec<&Value> = records.iter().map(|record| &record["frame"]).collect();
    assert_eq!(json!(frames), json!((0..count).collect::<Vec<_>>()));
    for record in records {
        let number = record["frame"].to_string();
        assert_eq!(record["status"], "answered", "{record}");
        assert_eq!(record["answer"]["text"], json!([number]), "{record}");
        assert!(record["latency_ms"].as_f64().unwrap() > 0.0);
        assert!(record["captured_at"].as_str().unwrap().ends_with('Z'));
    }
}

#[test]
fn each_frame_of_the_test_camera_is_answered_with_its_own_number_in_capture_order() {
    let folder = Folder::new();
    let ended = folder
        .run("watch --camera test:?size=320x240 --frames 100")
        .with_code(0)
        .saying("sending test to model qr at http://127.0.0.1:")
        .saying("captured 100 = answered 100 + failed 0\n")
        .saying("latency p50 ")
        .saying("100 records in results.jsonl");
    check_numbers(&ended.records(), 100);
    assert_eq!(ended.records()[0]["camera"], "test");
    assert_eq!(ended.stdout, "");
}

#[test]
fn plain_posts_are_answered_like_the_protocol() {
    let folder = Folder::new();
    let ended = folder
        .run("watch --camera test:?size=320x240&frames=20 --protocol raw --out - --quiet")
        .with_code(0);
    check_numbers(&ended.printed(), 20);
    assert_eq!(ended.stderr, "");
}

#[test]
fn unordered_results_are_the_same_results() {
    let folder = Folder::new();
    let ended = folder
        .run("watch --camera test:?size=320x240 --frames 40 --unordered --workers 4")
        .with_code(0);
    let mut records = ended.records();
    records.sort_by_key(|record| record["frame"].as_u64());
    check_numbers(&records, 40);
}

#[test]
fn the_pictures_of_a_folder_come_in_natural_order_with_their_names() {
    let folder = Folder::new();
    pictures::write(&folder.path().join("photos"), 12);
    let ended = folder.run("watch --camera photos").with_code(0);
    let records = ended.records();
    check_numbers(&records, 12);
    assert_eq!(records[0]["camera"], "photos");
    assert_eq!(records[11]["name"], "frame-11.jpg");
}

#[test]
fn jpeg_and_png_files_are_sent_untouched_and_others_as_jpeg() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x02\0\0\0";
    let mut bmp =
        b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(58, 0);
    let folder = Folder::new();
    pictures::write(&folder.path().join("photos"), 1);
    folder.write("photos/g.png", png);
    folder.write("photos/h.bmp", bmp);
    let server = ScriptedServer::answering(|_| Reply::json(200, r#"{"seen": true}"#));
    let line = format!(
        "watch --camera photos --protocol raw --workers 1 --server {}",
        server.url()
    );
    folder.run(&line).with_code(0);
    let sent: Vec<(Option<String>, Vec<u8>)> = server
        .received()
        .into_iter()
        .filter(|received| received.method == "POST")
        .map(|received| {
            let media_type = received.header("content-type").map(str::to_owned);
            (media_type, received.body)
        })
        .collect();
    let jpeg = std::fs::read(folder.path().join("photos/frame-0.jpg")).unwrap();
    assert_eq!(sent[0], (Some("image/jpeg".to_owned()), jpeg));
    assert_eq!(sent[1], (Some("image/png".to_owned()), png.to_vec()));
    assert_eq!(sent[2].0.as_deref(), Some("image/jpeg"));
    assert!(sent[2].1.starts_with(b"\xff\xd8\xff"));
}

#[test]
fn a_picture_that_cannot_be_read_fails_and_the_others_are_answered() {
    let folder = Folder::new();
    pictures::write(&folder.path().join("photos"), 3);
    folder.write("photos/frame-1.jpg", "no picture");
    let ended = folder
        .run("watch --camera photos")
        .with_code(1)
        .saying("1 of 3 frames failed")
        .saying("photos, picture 1: ");
    let records = ended.records();
    assert_eq!(records[1]["status"], "failed");
    assert_eq!(records[1]["frame"], 1);
    assert_eq!(records[2]["answer"]["text"], json!(["2"]));
}

#[test]
fn each_frame_of_a_video_is_answered_with_its_own_number() {
    let folder = Folder::new();
    if pictures::write_video(&folder.path().join("film.mp4"), 15) {
        for protocol in ["oip", "raw"] {
            let ended = folder
                .run(&format!("watch --camera film.mp4 --protocol {protocol}"))
                .with_code(0);
            check_numbers(&ended.records(), 15);
        }
    }
}

#[test]
fn a_file_that_is_no_video_says_so_before_anything_is_written() {
    let folder = Folder::new();
    folder.write("film.mp4", "no video");
    let ended = folder.run("watch --camera film.mp4").with_code(1);
    if pictures::has_ffmpeg() {
        ended.saying("film.mp4");
    } else {
        ended.saying("ffmpeg");
    }
    assert!(!folder.path().join("results.jsonl").exists());
}

#[test]
fn what_the_buffer_has_no_room_for_is_dropped_and_recorded() {
    let folder = Folder::new();
    let ended = folder
        .run("watch --camera test:?size=320x240 --frames 60 --buffer 1 --workers 1 --when-full drop-newest")
        .with_code(0)
        .saying(" (buffer full)\n");
    let records = ended.records();
    assert_eq!(records.len(), 60);
    let dropped: Vec<&Value> = records
        .iter()
        .filter(|record| record["status"] == "dropped")
        .collect();
    assert!(!dropped.is_empty());
    assert_eq!(dropped[0]["error"], "buffer full");
    assert!(dropped[0].get("latency_ms").is_none());
    for answered in records
        .iter()
        .filter(|record| record["status"] == "answered")
    {
        let number = answered["frame"].to_string();
        assert_eq!(answered["answer"]["text"], json!([number]));
    }
}

#[test]
fn a_live_camera_is_not_held_up_by_a_server_that_hangs() {
    let server = script::server(|_| Reply::Hang);
    let folder = Folder::new();
    let ended = folder
        .run(&format!(
            "watch --camera test:?size=160x160&fps=1000 --frames 200 --buffer 1 --workers 1 --when-full drop-oldest \
             --timeout 100ms --patience 300ms --server {} --protocol oip --tensors json --model m",
            server.url()
        ))
        .with_code(1)
        .saying(" (buffer full)\n");
    let records = ended.records();
    assert_eq!(records.len(), 200);
    // Nobody made room for the last one.
    assert_eq!(records[199]["status"], "failed");
}

#[test]
fn whoever_closes_the_output_has_seen_enough() {
    use std::io::BufRead;

    let folder = Folder::new();
    let mut going = folder.start("watch --camera test:?size=320x240 --out -");
    let mut output = going.stdout.take().unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let first: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(first["answer"]["text"], json!(["0"]));
    let ended = going.end().with_code(0);
    assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
}
