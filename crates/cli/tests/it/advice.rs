//! Why frames are lost, as it is said and written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use creel_core::Context;
use creel_testkit::http::{Reply, ScriptedServer};
use creel_testkit::{Gate, SmallDisk};
use serde_json::Value;

use crate::program::Folder;
use crate::script;

/// A server that answers once the gate is open.
fn behind(gate: &Gate) -> ScriptedServer {
    let gate = gate.clone();
    script::server(move |_| {
        let _ = gate.wait(&Context::new());
        seen()
    })
}

fn seen() -> Reply {
    Reply::json(200, r#"{"seen": true}"#)
}

fn bottleneck(folder: &Folder) -> Value {
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    let parts = ledger["strain_s"].as_object().unwrap().values();
    let told: f64 = parts.map(|seconds| seconds.as_f64().unwrap()).sum();
    let elapsed = ledger["elapsed_s"].as_f64().unwrap();
    assert!((told - elapsed).abs() < 0.01, "{told} of {elapsed}");
    ledger["bottleneck"].clone()
}

#[test]
fn a_slow_server_is_named_while_it_is_and_at_the_end() {
    let gate = Gate::closed();
    let server = behind(&gate);
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --frames 60 --when-full drop-oldest --buffer 4 \
         --workers 2 --protocol raw --server {}/p -v",
        server.url()
    ));
    going.wait_until_said("bottleneck: the server, waited for ");
    gate.open();
    going
        .end()
        .with_code(0)
        .saying(" of 60 frames were dropped (buffer full):\n  the server, waited for ")
        .saying("--workers 4 asks more at once")
        .saying("--when-full spill keeps frames on disk");
    let told = bottleneck(&folder);
    assert_eq!(told["part"], "server");
    assert!(told["share"].as_f64().unwrap() > 0.5, "{told}");
}

#[test]
fn a_slow_hook_is_named_while_it_is_and_at_the_end() {
    let gate = Gate::closed();
    let hook = behind(&gate);
    let server = script::server(|_| seen());
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --frames 60 --when-full drop-newest --buffer 4 \
         --workers 2 --protocol raw --server {}/p --forward {} -v",
        server.url(),
        hook.url()
    ));
    going.wait_until_said(&format!(
        "bottleneck: posting to {}/, waited for ",
        hook.url()
    ));
    gate.open();
    let told = format!(
        " of 60 frames were dropped (buffer full):\n  posting to {}/, waited for ",
        hook.url()
    );
    going
        .end()
        .with_code(0)
        .saying(&told)
        .saying("takes records faster; with --optional forward nothing waits for it");
    let told = bottleneck(&folder);
    assert_eq!(told["part"], "sink");
    assert_eq!(told["who"], format!("posting to {}/", hook.url()));
}

#[test]
fn a_hook_that_is_gone_is_blamed_and_not_the_disk_beside_it() {
    let is_back = Arc::new(AtomicBool::new(false));
    let hook = ScriptedServer::answering({
        let is_back = Arc::clone(&is_back);
        move |_| match is_back.load(Ordering::Relaxed) {
            true => Reply::text(204, ""),
            false => Reply::text(503, "later"),
        }
    });
    let server = script::server(|_| seen());
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --frames 60 --when-full drop-newest --buffer 4 --retries 1000 \
         --workers 2 --protocol raw --server {}/p --frames-to frames --forward {} -v",
        server.url(),
        hook.url()
    ));
    going.wait_until_said(": it could not be reached for ");
    is_back.store(true, Ordering::Relaxed);
    going
        .end()
        .with_code(0)
        .saying(&format!("  posting to {}/, waited for ", hook.url()))
        .saying("see whether the server of --forward runs");
}

#[test]
fn a_full_disk_below_the_spool_is_named_and_not_the_limit_of_the_spool() {
    let Some(disk) = SmallDisk::mount(256) else {
        println!("skipped: this process may not mount a small file system");
        return;
    };
    let gate = Gate::closed();
    let server = behind(&gate);
    let folder = Folder::new();
    let spool = disk.path().join("waiting");
    let ended = folder
        .run(&format!(
            "watch --camera test:?size=160x160&fps=60 --frames 200 --buffer 2 --workers 1 --timeout 300ms --retries 0 \
             --patience 300ms --protocol raw --server {}/p --spool {}",
            server.url(),
            spool.display()
        ));
    gate.open();
    ended
        .with_code(1)
        .saying(" of 200 frames were dropped (disk full):")
        .saying(&format!(
            "→ the disk that {} is on is full: make room there, or choose a folder for --spool on another",
            spool.display()
        ));
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    assert_eq!(ledger["adds_up"], true);
    assert!(ledger["dropped_by_reason"]["disk full"].as_u64() > Some(0));
    let help = ledger["bottleneck"]["loss_help"].as_str().unwrap();
    assert!(!help.contains("--spool-size"), "{help}");
}

#[test]
fn pictures_that_take_long_to_convert_are_named() {
    let server = script::server(|_| seen());
    let folder = Folder::new();
    for number in 0..6 {
        folder.write(&format!("photos/{number}.bmp"), bitmap(1200, 900));
    }
    folder
        .run(&format!(
            "watch --camera photos --workers 1 --protocol raw --server {}/p",
            server.url()
        ))
        .with_code(0);
    let told = bottleneck(&folder);
    assert_eq!(told["part"], "conversion", "{told}");
}

#[test]
fn a_camera_with_which_all_else_keeps_up_is_no_reason_to_complain() {
    let server = script::server(|_| seen());
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=10 --frames 25 --protocol raw --server {}/p -v",
        server.url()
    ));
    going.wait_until_said("bottleneck: the camera, waited for ");
    let ended = going.end().with_code(0);
    assert!(!ended.stderr.contains("why "), "{}", ended.stderr);
    assert_eq!(bottleneck(&folder)["part"], "camera");
}

#[test]
fn a_camera_that_had_to_wait_is_told() {
    let gate = Gate::closed();
    let server = behind(&gate);
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160&fps=30 --frames 20 --when-full block --buffer 1 \
         --workers 1 --protocol raw --server {}/p -v",
        server.url()
    ));
    going.wait_until_said("bottleneck: the server");
    gate.open();
    going
        .end()
        .with_code(0)
        .saying("why the camera was held up for ")
        .saying("answered 20");
}

/// A picture without compression, black.
fn bitmap(width: u32, height: u32) -> Vec<u8> {
    let pixels = 3 * width * height;
    let mut file = b"BM".to_vec();
    let fields = [
        54 + pixels,
        0,
        54,
        40,
        width,
        height,
        1 | 24 << 16,
        0,
        pixels,
        0,
        0,
        0,
        0,
    ];
    file.extend(fields.into_iter().flat_map(u32::to_le_bytes));
    file.resize(54 + pixels as usize, 0);
    file
}
