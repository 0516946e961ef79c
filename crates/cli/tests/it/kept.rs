//! How results are kept: in folders, in parts, and beside what may fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use creel_testkit::SmallDisk;
use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::Value;

use crate::program::Folder;
use crate::script;

const IRISES: usize = 12;

/// A folder with a table of irises.
fn irises() -> Folder {
    let folder = Folder::new();
    let rows = "5.1,3.5,1.4,0.2\n6.2,2.8,4.8,1.8\n5.9,3.0,4.2,1.5\n".repeat(IRISES / 3);
    folder.write("iris.csv", format!("a,b,c,d\n{rows}"));
    folder
}

/// The files in a folder that end with this, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

fn document(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn each_frame_is_kept_untouched_with_its_answer_beside_it() {
    let folder = Folder::new();
    let ended = folder
        .run("watch --camera test: --frames 7 --frames-to frames")
        .with_code(0);
    assert_eq!(ended.records().len(), 7);
    let kept = folder.path().join("frames");
    let (answers, pictures) = (files(&kept, ".json"), files(&kept, ".jpg"));
    assert_eq!((answers.len(), pictures.len()), (7, 7));
    for (number, (answer, picture)) in answers.iter().zip(&pictures).enumerate() {
        assert_eq!(answer.with_extension("jpg"), *picture);
        let answer = document(answer);
        assert_eq!(answer["frame"], number);
        // What the model reads in the picture is burned into it: they belong together.
        assert_eq!(answer["answer"]["text"][0], format!("{number}"), "{answer}");
        let picture = fs::read(picture).unwrap();
        assert!(picture.starts_with(&[0xFF, 0xD8]) && picture.ends_with(&[0xFF, 0xD9]));
    }
}

#[test]
fn a_folder_gets_a_file_for_each_answer_and_a_job_goes_on_there() {
    let folder = irises();
    let line = "batch iris.csv --model iris --out answers/";
    folder
        .run(line)
        .with_code(0)
        .saying("12 records in answers/");
    let kept = folder.path().join("answers");
    let answers = files(&kept, ".json");
    assert_eq!(answers.len(), IRISES);
    assert_eq!(document(&answers[0])["answer"]["label"][0], "setosa");
    folder
        .run(line)
        .with_code(0)
        .saying("nothing is left to do");
    // What a power failure has torn is asked again, and nothing else.
    fs::write(&answers[3], "{\"index\":3,").unwrap();
    fs::remove_file(&answers[5]).unwrap();
    folder
        .run(line)
        .with_code(0)
        .saying("warning: 1 records were not complete and do not count")
        .saying("going on behind 10 records")
        .saying("captured 2 = answered 2");
    assert_eq!(document(&answers[3])["index"], 3);
    assert_eq!(document(&answers[5])["index"], 5);
    folder
        .run("batch iris.csv --model iris --out answers/ --overwrite")
        .with_code(1)
        .saying("remove them, or choose another --out");
}

#[test]
fn a_job_goes_on_behind_closed_and_compressed_files() {
    for out in ["results.jsonl", "results.csv"] {
        let folder = irises();
        let line = format!(
            "batch iris.csv --model iris --out {out} --rotate-size 300 --compress --sync each"
        );
        folder.run(&line).with_code(0);
        // How many of them are compressed by then is not said.
        let mut closed = files(folder.path(), "");
        closed.retain(|file| file.to_string_lossy().contains(".00"));
        assert!(closed.len() > 1, "{out}: {closed:?}");
        let live = folder.read(out);
        if out == "results.csv" {
            assert!(live.starts_with("index,id,"), "{live}");
        }
        folder
            .run(&line)
            .with_code(0)
            .saying("nothing is left to do: each of 12 items has its record");
        // Without the last file, its records are missing, and they alone.
        let missing = live.lines().count() - usize::from(out == "results.csv");
        fs::remove_file(folder.path().join(out)).unwrap();
        folder
            .run(&line)
            .with_code(0)
            .saying(&format!("captured {missing} = answered {missing}"));
        folder
            .run(&format!("{line} --overwrite"))
            .with_code(0)
            .saying("captured 12 = answered 12");
    }
}

#[test]
fn a_watch_goes_on_behind_its_closed_files_and_keeps_what_it_may() {
    let folder = Folder::new();
    let line = "watch --camera test: --frames 20 --rotate-size 1K --keep 4K";
    for _ in 0..3 {
        folder.run(line).with_code(0);
    }
    let parts = files(folder.path(), ".jsonl");
    let sizes: Vec<u64> = parts
        .iter()
        .map(|part| part.metadata().unwrap().len())
        .collect();
    assert!(sizes.iter().sum::<u64>() <= 4 << 10, "{sizes:?}");
    assert!(sizes.len() >= 3, "{parts:?}");
    assert!(!folder.path().join("results.000001.jsonl").exists());
}

#[test]
fn a_watch_goes_on_in_its_table_though_nothing_is_answered_any_more() {
    let folder = Folder::new();
    let line = "watch --camera test: --frames 5 --out results.csv --rotate-size 1M";
    folder.run(line).with_code(0);
    let earlier = folder.read("results.csv");
    assert_eq!(earlier.lines().count(), 6, "{earlier}");
    folder
        .run(&format!("{line} --timeout 1ms --retries 0"))
        .with_code(1);
    let table = folder.read("results.csv");
    assert_eq!(table.lines().count(), 11, "{table}");
    assert!(table.starts_with(&earlier), "{table}");
}

#[test]
fn a_hook_that_is_dead_stops_nothing_where_the_run_goes_on_without_it() {
    let hook = ScriptedServer::answering(|_| Reply::text(404, "no such hook"));
    let folder = irises();
    let url = format!("{}/hook", hook.url());
    let ended = folder.run(&format!(
        "batch iris.csv --model iris --forward {url} --optional forward"
    ));
    let ended = ended
        .with_code(0)
        .saying("the run does without it meanwhile")
        .saying(&format!(
            "{url}: 0 written, 12 dropped, failed, missing 0–11"
        ))
        .saying(&format!("why 12 of 12 records are missing at {url}:\n"))
        .saying(
            "does not take records (status 404 Not Found): no such hook\n  → correct --forward",
        );
    assert_eq!(ended.records().len(), IRISES);
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    let [hook, results] = [&ledger["sinks"][0], &ledger["sinks"][1]];
    assert_eq!(
        (&hook["dropped"], &hook["missing"][0]["to"]),
        (&IRISES.into(), &11.into())
    );
    assert!(hook["trouble"].as_str().unwrap().contains("404"), "{hook}");
    assert_eq!(results["written"], IRISES);
}

#[test]
fn a_hook_that_is_mended_while_the_watch_goes_on_gets_records_again() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let hook = ScriptedServer::answering({
        let is_mended = Arc::clone(&is_mended);
        move |_| match is_mended.load(Ordering::Relaxed) {
            true => Reply::text(204, ""),
            false => Reply::text(403, "who are you?"),
        }
    });
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera front=test:?size=160x160&fps=30 --forward {} --optional forward -v",
        hook.url()
    ));
    going.wait_until_said("it is opened again");
    is_mended.store(true, Ordering::Relaxed);
    going.wait_until_said("the sink takes records again");
    going.interrupt();
    let ended = going.end().with_code(130);
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    let told = &ledger["sinks"][0];
    assert_eq!(told["state"], "working", "{}", ended.stderr);
    let taken = told["written"].as_u64().unwrap() + told["dropped"].as_u64().unwrap();
    assert_eq!(ledger["recorded"], taken, "{ledger}");
    // Each stretch that it missed is named, and together they are all.
    let stretches = told["missing"].as_array().cloned().unwrap_or_default();
    let missing = stretches.iter().map(|stretch| {
        assert_eq!(stretch["camera"], "front");
        stretch["to"].as_u64().unwrap() - stretch["from"].as_u64().unwrap() + 1
    });
    assert_eq!(missing.sum::<u64>(), told["dropped"].as_u64().unwrap());
}

#[test]
fn a_folder_of_frames_that_was_pulled_out_is_opened_again() {
    let server = script::server(|_| Reply::json(200, "{}"));
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --protocol raw --server {}/p --frames-to frames \
         --optional frames --sync each -v",
        server.url()
    ));
    let kept = folder.path().join("frames");
    server.wait_for_requests(5);
    fs::rename(&kept, folder.path().join("elsewhere")).unwrap();
    going.wait_until_said("it is opened again");
    going.wait_until_said("the sink takes records again");
    going.interrupt();
    going.end().with_code(130);
    assert!(!files(&kept, ".jpg").is_empty());
}

#[test]
fn a_folder_of_frames_whose_disk_was_pulled_out_is_not_made_anew_on_another() {
    let Some(disk) = SmallDisk::mount(4096) else {
        println!("skipped: this process may not mount a small file system");
        return;
    };
    let server = script::server(|_| Reply::json(200, "{}"));
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --protocol raw --server {}/p --frames-to {}/frames \
         --optional frames --sync each -v",
        server.url(),
        disk.path().display()
    ));
    server.wait_for_requests(5);
    disk.pull_out();
    going.wait_until_said("frames was on is not there: put it back");
    going.interrupt();
    going.end().with_code(130);
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_kept_as_it_was_asked_for_is_refused_with_what_to_do() {
    let folder = irises();
    for (line, words) in [
        ("batch iris.csv --model iris --keep 1G", "leave it out"),
        ("watch --out - --rotate-size 1M", "or write to a file"),
        ("watch --compress", "say when, with --rotate-size"),
        ("watch --keep 1M --rotate-size 1M", "twice --rotate-size"),
        ("watch --optional forward", "needs --forward"),
        ("watch --sync sometimes", "`never`, `each`, or a time"),
    ] {
        folder.run(line).with_code(2).saying(words);
    }
    assert!(!folder.path().join("results.jsonl").exists());
    folder
        .run("watch --frames 1 --frames-to iris.csv")
        .with_code(1)
        .saying("iris.csv is a file; name a folder");
}
