//! A browser without a window, driven by the protocol of its developer tools.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Names under which it is installed.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Without a screen, a sandbox that needs rights of its own, or a word to its makers.
const OPTIONS: &str = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
    --disable-component-update --no-first-run --hide-scrollbars --remote-debugging-pipe";

/// A browser that shows one page.
pub(crate) struct Chromium {
    child: Child,
    commands: File,
    answers: BufReader<File>,
    count: u64,
    session: String,
    /// What the page's scripts complained of.
    complaints: Vec<Value>,
    _folder: TempDir,
}

/// What is looked at: columns, rows, and whether in the dark.
#[derive(Clone, Copy)]
pub(crate) struct Device {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_dark: bool,
}

impl Device {
    pub(crate) const DESK: Self = Self {
        width: 1200,
        height: 900,
        is_dark: false,
    };
    pub(crate) const PHONE: Self = Self {
        width: 390,
        height: 844,
        is_dark: true,
    };
}

impl Chromium {
    /// Opens a page.
    ///
    /// # Panics
    /// When no browser is installed.
    pub(crate) fn open(url: &str, device: Device) -> Self {
        let program = PROGRAMS.into_iter().find(|program| {
            let asked = Command::new(program).arg("--version").output();
            asked.is_ok_and(|output| output.status.success())
        });
        let program = program.expect("Chromium is installed");
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for pipe in ["commands", "answers"] {
            let made = Command::new("mkfifo").arg(path(pipe)).status().unwrap();
            assert!(made.success());
        }
        // It reads commands from file descriptor 3, and writes answers to 4.
        let line = format!(
            "exec {program} {OPTIONS} --user-data-dir=profile about:blank 3<commands 4>answers"
        );
        let child = Command::new("sh")
            .args(["-c", &line])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        // Each waits for the other's end, in this order.
        let commands = File::options().write(true).open(path("commands")).unwrap();
        let answers = BufReader::new(File::open(path("answers")).unwrap());
        let mut browser = Self {
            child,
            commands,
            answers,
            count: 0,
            session: String::new(),
            complaints: Vec::new(),
            _folder: folder,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.ask("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        for part in ["Runtime.enable", "Log.enable", "Page.enable"] {
            browser.ask(part, json!({}));
        }
        let Device {
            width,
            height,
            is_dark,
        } = device;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        browser.ask("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.ask("Emulation.setEmulatedMedia", json!({"features": features}));
        browser.ask("Page.navigate", json!({"url": url}));
        browser
    }

    /// Blocks until that holds on the page, which looks again and again itself.
    ///
    /// # Panics
    /// When the page has looked for a minute in vain.
    #[track_caller]
    pub(crate) fn until(&mut self, condition: &str) {
        let holds = format!(
            "new Promise((done) => {{
                const began = performance.now();
                const look = () => {{
                    let holds = false;
                    // What is asked about may not be there yet.
                    try {{ holds = {condition}; }} catch {{}}
                    if (holds) done(true);
                    else if (performance.now() - began > 60000) done(false);
                    else setTimeout(look, 40);
                }};
                look();
            }})"
        );
        // The page may just be replaced by the one that was asked for, and the question is lost with it.
        let answer = (0..100).find_map(|_| self.evaluated(&holds));
        assert_eq!(answer, Some(json!(true)), "never: {condition}");
    }

    /// The value of an expression on the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        self.evaluated(expression).unwrap_or_default()
    }

    fn evaluated(&mut self, expression: &str) -> Option<Value> {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.ask("Runtime.evaluate", asked);
        result["result"].get("value").cloned()
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let code = if key == "Tab" { 9 } else { 13 };
            let pressed =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.ask("Input.dispatchKeyEvent", pressed);
        }
    }

    /// What a screen reader is given: roles with names.
    pub(crate) fn spoken(&mut self) -> Vec<(String, String)> {
        let tree = self.ask("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["ignored"] == false)
            .map(|node| {
                let text = |part: &str| node[part]["value"].as_str().unwrap_or_default().to_owned();
                (text("role"), text("name"))
            })
            .collect()
    }

    /// Keeps what is seen as a picture, for people to look at.
    pub(crate) fn photograph(&mut self, name: &str) {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let shot = self.ask("Page.captureScreenshot", whole);
        let png = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        fs::write(photographs().join(format!("{name}.png")), png).unwrap();
    }

    /// Fails the test with what the page's scripts complained of, such as a policy that forbids something.
    #[track_caller]
    pub(crate) fn assert_content(&self) {
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.count += 1;
        let mut command = json!({"id": self.count, "method": method, "params": parameters});
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        self.commands
            .write_all(format!("{command}\0").as_bytes())
            .unwrap();
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer).unwrap();
            answer.pop();
            let mut answer: Value = serde_json::from_slice(&answer).expect("the browser answers");
            if answer["id"] == self.count {
                return answer["result"].take();
            }
            let is_complaint = match answer["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                // That a server is gone is said by the network, and is no fault of the page.
                Some("Log.entryAdded") => {
                    let entry = &answer["params"]["entry"];
                    entry["level"] == "error" && entry["source"] != "network"
                }
                _ => false,
            };
            if is_complaint {
                self.complaints.push(answer);
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Its children end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the pictures are kept.
fn photographs() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    fs::create_dir_all(&folder).unwrap();
    folder
}
