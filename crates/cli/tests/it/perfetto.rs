//! The trace of a run, as Perfetto itself reads it; `cargo xtask perfetto` fetches that and runs these.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::{Value, json};

use crate::browser::chromium::{Chromium, Device};
use crate::program::Folder;

/// Perfetto with a trace open.
struct Perfetto {
    browser: Chromium,
    _server: ScriptedServer,
}

impl Perfetto {
    fn open(trace: impl Into<Vec<u8>>) -> Self {
        let folder = env::var_os("CREEL_PERFETTO").expect("its folder: cargo xtask perfetto");
        let (folder, trace) = (PathBuf::from(folder), trace.into());
        let server = ScriptedServer::answering(move |request| match &*request.path {
            "/run.json" => Reply::json(200, trace.clone()),
            path => file(&folder, path),
        });
        let url = server.url();
        let url = format!("{url}/#!/?url={url}/run.json");
        let mut browser = Chromium::open(&url, Device::DESK);
        browser.until("app.trace.engine");
        Self {
            browser,
            _server: server,
        }
    }

    /// What it answers to a query, row by row.
    fn rows(&mut self, query: &str) -> Vec<Vec<Value>> {
        let query = json!(query);
        let rows = self.browser.value(&format!(
            "(async () => {{
                const result = await app.trace.engine.query({query});
                const rows = [];
                for (const row = result.iter({{}}); row.valid(); row.next()) {{
                    rows.push(result.columns().map((column) => {{
                        const value = row.get(column);
                        return typeof value === 'bigint' ? Number(value) : value;
                    }}));
                }}
                return rows;
            }})()"
        ));
        serde_json::from_value(rows).expect("rows")
    }

    fn count(&mut self, query: &str) -> u64 {
        let rows = self.rows(&format!("select count(*) from {query}"));
        rows[0][0].as_u64().unwrap()
    }

    /// Fails the test if it had to complain of something.
    #[track_caller]
    fn assert_content(&mut self) {
        let complaints =
            self.rows("select name, value from stats where severity != 'info' and value > 0");
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    /// Fails the test unless it has the slices that the summary of the run tells of.
    #[track_caller]
    fn assert_agrees_with(&mut self, ledger: &Value) {
        for (stage, told) in ledger["stages"].as_object().unwrap() {
            let sums = format!("select count(*), sum(dur) from slice where name = '{stage}'");
            let sums = &self.rows(&sums)[0];
            assert_eq!(sums[0], told["count"], "{stage}");
            let seconds = sums[1].as_f64().unwrap_or_default() / 1e9;
            let total = told["total_s"].as_f64().unwrap();
            assert!(
                (seconds - total).abs() < 2e-6,
                "{stage}: {seconds} s, {told}"
            );
        }
        assert_eq!(
            self.count("slice where name = 'frame'"),
            ledger["captured"].as_u64().unwrap()
        );
        self.assert_content();
    }
}

/// A file of Perfetto's own.
fn file(folder: &Path, path: &str) -> Reply {
    let path = path.split('?').next().unwrap_or_default();
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let Ok(body) = fs::read(folder.join(name)) else {
        return Reply::text(404, "there is no such file");
    };
    let media_type = match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    Reply::Answer {
        status: 200,
        headers: vec![("Content-Type".to_owned(), media_type.to_owned())],
        body,
    }
}

fn ledger(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("results.ledger.json")).unwrap()
}

#[test]
#[ignore = "needs Perfetto and Chromium: cargo xtask perfetto"]
fn perfetto_counts_in_a_trace_what_the_summary_of_the_run_has() {
    for transport in ["blocking", "async"] {
        let folder = Folder::new();
        folder
            .run(&format!(
                "watch --camera test:?size=160x160 --frames 40 --transport {transport} --trace run.json"
            ))
            .with_code(0);
        let mut perfetto = Perfetto::open(folder.read("run.json"));
        perfetto.assert_agrees_with(&ledger(&folder));
        // Each arrow leads from where a frame was submitted to the worker that took it up.
        let arrows = perfetto.rows(
            "select one.name, other.name, count(*) from flow join slice one on one.id = slice_out \
             join slice other on other.id = slice_in group by 1, 2",
        );
        assert_eq!(json!(arrows), json!([["submit", "prepare", 40]]));
        let spans = "process_track join process using (upid) where process.name = 'creel'";
        assert!(
            perfetto.count(spans) > 0,
            "frames are a part of the process"
        );
        let names = perfetto.rows("select name from thread where name is not null order by tid");
        let names: Vec<&str> = names.iter().filter_map(|row| row[0].as_str()).collect();
        assert_eq!(names[..3], ["capture", "submission", "sinks"]);
        assert!(
            names[3..].iter().all(|name| name.starts_with("creel-ask-")),
            "{names:?}"
        );
        perfetto
            .browser
            .value("app.commands.runCommand('dev.perfetto.ExpandAllGroups'), 0");
        perfetto
            .browser
            .value("waitForPerfettoIdle(500).then(() => 0)");
        let name = format!("perfetto-{transport}");
        perfetto.browser.photograph(&name);
    }
}

#[test]
#[ignore = "needs Perfetto and Chromium: cargo xtask perfetto"]
fn perfetto_opens_the_trace_of_a_killed_run_and_one_with_dropped_frames() {
    let folder = Folder::new();
    folder
        .run("watch --camera test:?size=160x160&fps=200 --frames 60 --workers 1 --buffer 1 --when-full drop-oldest --trace run.json")
        .with_code(0);
    let ledger = ledger(&folder);
    let dropped = ledger["dropped"].as_u64().unwrap();
    assert!(dropped > 0, "{ledger}");
    let whole = folder.read("run.json");
    // What kill -9 leaves lacks the end.
    let killed = whole.trim_end().trim_end_matches(']');
    for trace in [&*whole, killed] {
        let mut perfetto = Perfetto::open(trace);
        perfetto.assert_agrees_with(&ledger);
        assert_eq!(perfetto.count("slice where category = 'dropped'"), dropped);
    }
}
