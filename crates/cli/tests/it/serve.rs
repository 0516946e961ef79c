use std::io::BufRead;

use serde_json::json;

use crate::program::Folder;

#[test]
fn one_program_serves_and_another_asks_it() {
    let folder = Folder::new();
    let mut serving = folder.start("serve --listen 0");
    let mut line = String::new();
    let output = serving.stdout.as_mut().unwrap();
    output.read_line(&mut line).unwrap();
    let url = line.split_whitespace().last().unwrap();
    assert!(line.starts_with("serving iris, lang and qr at http://127.0.0.1:"));

    folder.write("rows.csv", "w,x,y,z\n5.1,3.5,1.4,0.2\n");
    let ended = folder
        .run(&format!("batch rows.csv --server {url} --model iris"))
        .with_code(0);
    assert_eq!(ended.records()[0]["answer"]["class"], json!([0]));
    let ended = folder
        .run(&format!(
            "watch --camera test:?frames=3 --server {url}/predict/qr --protocol raw"
        ))
        .with_code(0);
    assert_eq!(ended.records()[2]["answer"]["text"], json!(["2"]));
    folder
        .run(&format!(
            "batch rows.csv --server {url} --model rose --out rose.jsonl"
        ))
        .with_code(1)
        .saying("has no model `rose`; it has iris, lang, qr");

    serving.interrupt();
    serving.end().with_code(130).saying("stopping: ");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    folder
        .run(&format!("serve --listen {address}"))
        .with_code(1)
        .saying(&format!(
            "error: another program listens on {address} already"
        ));
}
