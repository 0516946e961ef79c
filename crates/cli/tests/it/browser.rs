//! The page as people see it, in Chromium; `cargo xtask ui` runs these where it is installed.

pub(crate) mod chromium;

use creel_camera_source::test::marks;
use creel_camera_source::{Camera, Size};
use creel_core::{Context, Source};
use creel_testkit::http::{Reply, ScriptedServer};

use crate::program::{Folder, Going};
use crate::ui::Page;
use chromium::{Chromium, Device};

/// The page of a watch with those arguments.
fn watch(folder: &Folder, arguments: &str, device: Device) -> (Going, Page, Chromium) {
    let mut going = folder.start(&format!("watch {arguments} --ui 0"));
    let page = Page::of(&mut going);
    let browser = Chromium::open(&format!("http://{}/", page.address), device);
    (going, page, browser)
}

/// The canvas of the first camera.
const CANVAS: &str = "document.querySelector('.camera canvas')";

/// The frame in it, with the rectangle of what is drawn in the colour of the first outline.
const DRAWN: &str = "(() => {
    const canvas = document.querySelector('.camera canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    let [left, top, right, bottom, sum] = [width, height, 0, 0, 0];
    for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
            const [red, green, blue] = data.subarray((y * width + x) * 4);
            sum = (sum * 31 + red + green * 3 + blue * 7) % 1000003;
            if (red === 0x3d && green === 0xdc && blue === 0x84) {
                [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
            }
        }
    }
    return { frame: canvas.dataset.frame, width, height, left, top, right, bottom, sum };
})()";

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn the_picture_moves_and_its_box_sits_where_the_camera_drew_the_code() {
    let folder = Folder::new();
    let arguments =
        "--camera front=test:?size=640x480&fps=4 --camera back=test:?size=320x240&fps=3&seed=3";
    let (_going, page, mut browser) = watch(&folder, arguments, Device::DESK);
    browser.until("document.body.dataset.link === 'live'");
    browser.until(&format!("{CANVAS}?.dataset.shapes === '1'"));
    let first = browser.value(DRAWN);
    let frame = &first["frame"];
    browser.until(&format!(
        "{CANVAS}.dataset.frame !== {frame} && {CANVAS}.dataset.shapes === '1'"
    ));
    let second = browser.value(DRAWN);
    assert_ne!(first["sum"], second["sum"], "the picture stands still");
    let code = marks(Size::new(640, 480)).qr;
    let module = code.width / 29;
    let (left, top) = (code.x + 4 * module, code.y + 4 * module);
    let side = 21 * module;
    // The label stands above the outline, and begins at its left.
    let near = |found: &serde_json::Value, expected: u32| {
        (found.as_f64().unwrap() - f64::from(expected)).abs() <= f64::from(module) + 3.0
    };
    for drawn in [&first, &second] {
        assert_eq!(
            (&drawn["width"], &drawn["height"]),
            (&640.into(), &480.into())
        );
        assert!(near(&drawn["left"], left), "{drawn} {left}");
        assert!(near(&drawn["right"], left + side), "{drawn}");
        assert!(near(&drawn["bottom"], top + side), "{drawn}");
        assert!(drawn["top"].as_f64().unwrap() < f64::from(top), "{drawn}");
    }
    browser.until("/^frame (\\d+): \\1$/.test(document.querySelector('.note').textContent)");
    browser.until("document.querySelectorAll('#lanes rect').length > 20");
    // A lane has the number of its camera's frame, and not that of its place among all.
    let are_own = browser.value("(() => {
        const names = [...document.querySelectorAll('#lanes text')].map((text) => text.textContent.split(' '));
        const lanes = names.filter(([name]) => ['front', 'back'].includes(name));
        const count = (camera) => Number(camera.querySelector('.counts').textContent.match(/captured (\\d+)/)[1]);
        const cameras = [...document.querySelectorAll('.camera')];
        const captured = Object.fromEntries(cameras.map((camera) => [camera.querySelector('h3').textContent, count(camera)]));
        return lanes.length > 0 && lanes.every(([name, number]) => Number(number) <= captured[name]);
    })()");
    assert_eq!(are_own, true);
    browser.until("document.querySelector('#ledger-sum .sound') !== null");
    browser.until("document.querySelectorAll('.strip').length > 0");
    browser.until("document.querySelectorAll('#throughput path').length === 2");
    browser.photograph("healthy");
    assert_eq!(page.get("/healthz").0, 200);
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_camera_that_died_is_shown_as_dead_and_its_picture_as_old() {
    let folder = Folder::new();
    let mut camera = Camera::open(&"test:?size=320x240&frames=3".parse().unwrap()).unwrap();
    let mut stream =
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n".to_vec();
    while let Some(frame) = camera.next(&Context::new()).unwrap() {
        stream.extend(b"--b\r\nContent-Type: image/jpeg\r\n\r\n");
        stream.extend(frame.to_jpeg().unwrap());
        stream.extend(b"\r\n");
    }
    stream.extend(b"--b\r\n");
    let server = ScriptedServer::start([Reply::Stall(stream)]);
    let arguments = format!(
        "--camera gate={}/stream --camera test:?size=320x240&fps=3",
        server.url()
    );
    let (_going, page, mut browser) = watch(&folder, &arguments, Device::DESK);
    browser.until(&format!("{CANVAS}?.dataset.frame"));
    let over = "document.querySelector('.camera.dead .over')?.textContent ?? ''";
    browser.until(&format!(
        "/^no picture for .* s — (stalled|reconnecting) for/.test({over})"
    ));
    server.die();
    browser.until(&format!(
        "/^no picture for .* s — reconnecting for .* attempt/.test({over})"
    ));
    let style = browser.value(&format!("getComputedStyle({CANVAS}).filter"));
    assert!(style.as_str().unwrap().contains("grayscale(1)"), "{style}");
    let badge = browser.value("document.querySelector('.camera.dead .badge').textContent");
    assert_eq!(badge, "✕ reconnecting");
    let label = browser.value(&format!("{CANVAS}.getAttribute('aria-label')"));
    assert!(
        label.as_str().unwrap().contains("a stale picture"),
        "{label}"
    );
    let dead = browser.value("document.querySelectorAll('.camera.dead').length");
    assert_eq!(dead, 1, "the other one lives");
    browser.photograph("dead-camera");
    let (status, reasons) = page.get("/healthz");
    assert_eq!(status, 503);
    assert!(reasons.starts_with("gate: "), "{reasons}");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_picture_that_cannot_be_replaced_is_shown_as_old_although_the_camera_lives() {
    let folder = Folder::new();
    let arguments = "--camera test:?size=320x240&fps=10";
    let (_going, page, mut browser) = watch(&folder, arguments, Device::DESK);
    let torn = "createImageBitmap = () => Promise.reject(new Error('torn'))";
    let hanging =
        "fetch = (url, { signal }) => new Promise((_, fail) => { signal.onabort = fail; })";
    let missing = "fetch = () => Promise.resolve(new Response('', { status: 404 }))";
    browser.value("whole = [createImageBitmap, fetch], 0");
    for broken in [torn, hanging, missing] {
        let is_live =
            "document.querySelector('.camera:not(.old) .badge')?.textContent === '● live'";
        browser.until(&format!("{is_live} && {CANVAS}.dataset.frame"));
        browser.value(&format!("{broken}, 0"));
        browser
            .until("document.querySelector('.camera.old .badge')?.textContent === '● no picture'");
        browser.until("/^no picture for \\d/.test(document.querySelector('.over').textContent)");
        let label = browser.value(&format!("{CANVAS}.getAttribute('aria-label')"));
        let label = label.as_str().unwrap();
        assert!(label.contains("a stale picture"), "{broken}: {label}");
        browser.value("[createImageBitmap, fetch] = whole, 0");
    }
    assert_eq!(page.get("/healthz").0, 200, "the camera itself is well");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_server_that_does_not_answer_is_named_while_the_buffer_fills() {
    let folder = Folder::new();
    let server = ScriptedServer::answering(|_| Reply::Hang);
    let arguments = format!(
        "--camera test:?size=320x240&fps=10 --server {}/predict --protocol raw --workers 2 --buffer 16 --when-full drop-oldest",
        server.url()
    );
    let (_going, _page, mut browser) = watch(&folder, &arguments, Device::DESK);
    browser
        .until("document.querySelector('#bottleneck-part').textContent === 'Bottleneck: server'");
    browser.until("[...document.querySelectorAll('#fills meter')][0]?.value === 1");
    browser.until(
        "/dropped \\d+ \\(buffer full\\)/.test(document.querySelector('#ledger-sum').textContent)",
    );
    browser.until("/no answer yet/.test(document.querySelector('.note').textContent)");
    browser.until("/2 running/.test(document.querySelector('#lanes figcaption').textContent)");
    browser.until(
        "/0 running, 2 blocked/.test(document.querySelector('#workers figcaption').textContent)",
    );
    assert_eq!(
        browser.value("document.querySelectorAll('.camera.dead').length"),
        0
    );
    browser.photograph("slow-server");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_sink_that_is_down_is_shown_with_the_reason_and_the_others_with_their_records() {
    let folder = Folder::new();
    let hook = ScriptedServer::answering(|_| Reply::text(404, "no such hook"));
    let arguments = format!(
        "--camera test:?size=320x240&fps=5 --out kept.jsonl --forward {}/hook --optional forward",
        hook.url()
    );
    let (_going, page, mut browser) = watch(&folder, &arguments, Device::DESK);
    let told = "[...document.querySelectorAll('#sinks li')].map((sink) => sink.textContent)";
    browser.until(&format!(
        "{told}.some((told) => /hookdown\\d+ written, \\d+ dropped.*no such hook/.test(told))"
    ));
    browser.until(&format!(
        "{told}.some((told) => /kept.jsonlworking[1-9]\\d* written$/.test(told))"
    ));
    let each = browser.value("document.querySelectorAll('#sinks li').length");
    let dead = browser.value("document.querySelectorAll('#sinks .dead').length");
    assert_eq!((each, dead), (2.into(), 1.into()));
    browser.photograph("dead-sink");
    let (_, metrics) = page.get("/metrics");
    let up = |line: &&str| line.starts_with("creel_sink_up");
    let down = metrics.lines().filter(up).find(|line| line.ends_with(" 0"));
    assert!(down.is_some_and(|line| line.contains("/hook")), "{metrics}");
    assert_eq!(page.get("/healthz").0, 200, "the run goes on without it");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_phone_in_the_dark_shows_all_of_it_in_one_column() {
    let folder = Folder::new();
    let arguments =
        "--camera front=test:?size=320x240&fps=4 --camera back=test:?size=320x240&fps=3&seed=3";
    let (_going, _page, mut browser) = watch(&folder, arguments, Device::PHONE);
    browser.until("document.querySelectorAll('#lanes rect').length > 5");
    browser.until("document.querySelectorAll('#throughput path').length === 2");
    let width = browser.value("document.documentElement.scrollWidth");
    assert_eq!(width, 390, "nothing is beside the screen");
    let lefts = browser.value("new Set([...document.querySelectorAll('section')].map((section) => section.getBoundingClientRect().left)).size");
    assert_eq!(lefts, 1);
    let colours = browser.value("(() => {
        const light = (text) => text.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
        const style = getComputedStyle(document.body);
        return light(style.color) - light(style.backgroundColor);
    })()");
    assert!(
        colours.as_f64().unwrap() > 500.0,
        "light letters on dark ground: {colours}"
    );
    browser.photograph("phone-dark");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn a_page_that_loses_its_run_says_so_at_once_and_one_whose_run_ends_says_that() {
    let folder = Folder::new();
    let arguments = "--camera test:?size=320x240&fps=4 --when-full block";
    let (going, _page, mut browser) = watch(&folder, arguments, Device::DESK);
    browser.until("document.querySelectorAll('#lanes rect').length > 5");
    going.kill();
    browser.until("document.body.dataset.link === 'lost'");
    let alert = browser.value("document.querySelector('#lost:not([hidden])').textContent");
    assert!(
        alert
            .as_str()
            .unwrap()
            .starts_with("No connection to creel since"),
        "{alert}"
    );
    let style = browser.value("getComputedStyle(document.querySelector('main')).filter");
    assert_eq!(style, "grayscale(1)");
    browser.photograph("lost");
    let (going, _page, mut browser) = watch(&folder, arguments, Device::DESK);
    browser.until("document.querySelectorAll('#lanes rect').length > 5");
    going.interrupt();
    let ended = going.end();
    browser.until("document.body.dataset.link === 'ended'");
    let sum = browser.value("document.querySelector('#ledger-sum').textContent");
    let last = ended
        .stderr
        .lines()
        .find(|line| line.starts_with("captured"));
    assert_eq!(sum, format!("{} ✓ adds up", last.unwrap()));
    browser.photograph("ended");
    browser.assert_content();
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn futures_that_were_given_up_are_shown_as_cancelled_and_their_frames_as_dropped() {
    for (device, name) in [
        (Device::DESK, "cancelled"),
        (Device::PHONE, "cancelled-phone"),
    ] {
        let folder = Folder::new();
        // It answers whoever asks what it is, and nobody else.
        let server = ScriptedServer::answering(|request| match &*request.method {
            "POST" => Reply::Hang,
            _ => Reply::json(200, "{}"),
        });
        let arguments = format!(
            "--camera front=test:?size=320x240&fps=10 --server {}/predict --protocol raw --workers 4 --buffer 16 --when-full drop-oldest",
            server.url()
        );
        let (going, _page, mut browser) = watch(&folder, &arguments, device);
        let caption = "document.querySelector('#lanes figcaption').textContent";
        browser.until(&format!("/4 running/.test({caption})"));
        browser.until(&format!("/4 pending/.test({caption})"));
        going.interrupt();
        let sum = "document.querySelector('#ledger-sum').textContent";
        browser.until(&format!("/interrupted/.test({sum})"));
        // What was asked is still waited for; the second time it is given up.
        assert_eq!(browser.value("document.body.dataset.link"), "live");
        going.interrupt();
        let ended = going.end().with_code(130);
        browser.until("document.body.dataset.link === 'ended'");
        assert_eq!(browser.value(caption), "The latest 8: 8 cancelled");
        let marks = browser.value("[...document.querySelectorAll('#lanes text.lane-cancelled')].map((mark) => mark.textContent).join('')");
        assert_eq!(marks, "◌".repeat(8));
        let last = ended
            .stderr
            .lines()
            .find(|line| line.starts_with("captured"));
        assert_eq!(browser.value(sum), format!("{} ✓ adds up", last.unwrap()));
        browser.until("/^0 running, 4 blocked, 0 idle/.test(document.querySelector('#workers figcaption').textContent)");
        assert_eq!(
            browser.value("document.querySelectorAll('.strip').length"),
            4
        );
        browser.until("/: no answer$/.test(document.querySelector('.note').textContent)");
        browser.value("document.querySelector('#lanes details').open = true");
        browser.until("document.querySelectorAll('#lanes tbody tr').length === 8");
        // The latest first: it waited for a worker all its life, and the first was worked on for most of it.
        let cells = "[...document.querySelectorAll('#lanes tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))";
        let rows = browser.value(cells);
        let took = |text: &serde_json::Value| text.as_str().unwrap().ends_with('s');
        let [waited, worked] = [&rows[0], &rows[7]];
        assert!(took(&waited[2]) && waited[3] == "–", "{waited}");
        assert!(took(&worked[3]) && worked[4] == "–", "{worked}");
        browser.photograph(name);
        browser.assert_content();
    }
}

#[test]
#[ignore = "needs Chromium: cargo xtask ui"]
fn the_page_is_used_by_keyboard_and_read_by_screen_readers() {
    let folder = Folder::new();
    let arguments = "--camera front=test:?size=320x240&fps=4";
    let (_going, _page, mut browser) = watch(&folder, arguments, Device::DESK);
    browser.until("/^frame \\d+: \\d+$/.test(document.querySelector('.note')?.textContent)");
    browser.until("document.querySelectorAll('#throughput path').length === 2");
    browser.press("Tab");
    let focused = browser.value("document.activeElement.textContent");
    assert_eq!(focused, "Skip to the cameras");
    browser.press("Tab");
    let focused = browser.value("document.activeElement.tagName");
    assert_eq!(focused, "SUMMARY", "the table of the first chart");
    browser.press("Enter");
    browser.value("document.activeElement.parentElement.open = true");
    browser.until("document.querySelectorAll('#throughput tbody tr').length > 0");
    let spoken = browser.spoken();
    let has = |role: &str, name: &str| {
        let found = |(found, told): &(String, String)| found == role && told.contains(name);
        assert!(spoken.iter().any(found), "{role} {name}: {spoken:#?}");
    };
    for landmark in ["banner", "main", "contentinfo"] {
        has(landmark, "");
    }
    for heading in [
        "Cameras",
        "The run",
        "Throughput",
        "Latency",
        "Buffer",
        "Workers",
        "Futures",
        "Ledger",
    ] {
        has("heading", heading);
        has("region", heading);
    }
    has("image", "front, the live picture. frame ");
    has("image", "Line chart. captured per second");
    has("image", "Lanes of futures. The latest ");
    has("image", "creel-ask-0: ");
    has("status", "");
    let nameless = |(role, name): &(String, String)| {
        ["image", "meter", "link", "region"].contains(&&**role) && name.is_empty()
    };
    assert!(!spoken.iter().any(nameless), "{spoken:#?}");
    browser.assert_content();
}
