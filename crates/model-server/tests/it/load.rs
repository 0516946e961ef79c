//! Many requests at the same time.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use creel_model_server::Settings;
use serde_json::json;

use crate::client::{Answer, agent, get, post, serve};
use crate::gate;
use crate::pictures::Picture;

#[test]
fn sixty_four_requests_at_once_each_get_their_own_answer() {
    let server = serve(Settings::default());
    let url = server.url() + "/predict/qr";
    let together = Barrier::new(64);
    thread::scope(|scope| {
        for client in 0..64 {
            let (url, together) = (&url, &together);
            scope.spawn(move || {
                let picture = Picture::blank(320, 240).with_code(&client.to_string(), (30, 30), 6);
                together.wait();
                let answer = post(url, "image/jpeg", &picture.to_jpeg());
                assert_eq!(answer.json()["text"], json!([client.to_string()]));
            });
        }
    });
    let stats = server.stats();
    assert_eq!((stats.received, stats.answered), (64, 64));
}

#[test]
fn one_connection_carries_many_requests() {
    let server = serve(Settings::default());
    let agent = agent();
    let mut ids = HashSet::new();
    for number in 0..200 {
        let id = format!("{number:08x}");
        let request = json!({
            "id": id,
            "inputs": [{ "name": "text", "shape": [1], "datatype": "BYTES", "data": ["hello"] }],
        });
        let answer: Answer = agent
            .post(server.url() + "/v2/models/lang/infer")
            .content_type("application/json")
            .send(request.to_string())
            .unwrap()
            .into();
        assert_eq!(answer.json()["id"], id);
        ids.insert(id);
    }
    assert_eq!(server.stats().identified, ids.len() as u64);
    assert_eq!(server.stats().rows, ids.len() as u64);
}

#[test]
fn requests_beyond_the_places_are_503_and_told_when_to_come_again() {
    let (server, keeper) = gate::serve(Settings {
        workers: 1,
        pending_max: 1,
        ..Settings::default()
    });
    let url = server.url() + "/predict/gate";
    let first = {
        let url = url.clone();
        thread::spawn(move || post(&url, "text/plain", b"first"))
    };
    keeper.begins.recv().unwrap();
    // Larger than what a socket holds: the answer must reach a client that is still sending.
    let refused = post(&url, "text/plain", &vec![b'a'; 8 << 20]);
    assert_eq!(
        refused.error(503),
        "too many requests are waiting; try again later"
    );
    assert_eq!(refused.header("retry-after"), "1");
    keeper.open();
    assert_eq!(first.join().unwrap().json(), json!({ "text": ["first"] }));
    assert_eq!(
        post(&url, "text/plain", b"second").json(),
        json!({ "text": ["second"] })
    );
    let stats = server.stats();
    assert_eq!((stats.received, stats.answered, stats.refused), (3, 2, 1));
}

#[test]
fn what_tells_about_the_server_answers_while_all_places_are_taken() {
    let (server, keeper) = gate::serve(Settings {
        workers: 1,
        pending_max: 1,
        ..Settings::default()
    });
    let url = server.url() + "/predict/gate";
    let held = thread::spawn(move || post(&url, "text/plain", b"held"));
    keeper.begins.recv().unwrap();
    assert_eq!(get(&(server.url() + "/v2/health/ready")).status, 200);
    keeper.open();
    assert_eq!(held.join().unwrap().status, 200);
}
