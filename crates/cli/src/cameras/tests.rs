use creel_camera_source::v4l2::{Control, Device, Offer, Resolution, Span};
use creel_camera_source::{Availability, Listing, PixelFormat, Size};

use super::{described, wrapped};

fn listing() -> Listing {
    let offer = |format: &str, is_taken, resolutions| Offer {
        format: format.to_owned(),
        description: format!("{format} in words"),
        is_taken,
        resolutions,
    };
    let control = |name: &str, maximum, value, items| Control {
        name: name.to_owned(),
        minimum: 0,
        maximum,
        step: 1,
        default: 0,
        value,
        items,
    };
    let vga = Resolution {
        size: Span::one(Size::new(640, 480)),
        fps: vec![Span::one(30.0), Span::one(7.5)],
    };
    let any = Resolution {
        size: Span {
            from: Size::new(2, 2),
            to: Size::new(3840, 2160),
        },
        fps: Vec::new(),
    };
    Listing {
        kind: "USB or CSI camera",
        location: "/dev/video0",
        availability: Availability::Ready,
        formats: vec![PixelFormat::Jpeg],
        sizes: "as the device gives them",
        rates: "as the device gives them",
        devices: vec![Device {
            location: "/dev/video2".to_owned(),
            name: "Webcam".to_owned(),
            driver: "uvcvideo".to_owned(),
            formats: vec![
                offer("MJPG", true, vec![vga]),
                offer("YUYV", true, vec![any.clone()]),
                offer("NV12", true, vec![any]),
                offer("H264", false, Vec::new()),
            ],
            controls: vec![
                control("gain", 255, Some(7), Vec::new()),
                control(
                    "power_line_frequency",
                    2,
                    Some(1),
                    vec![(1, "50 Hz".into())],
                ),
                control("reset", 0, None, Vec::new()),
            ],
            trouble: None,
        }],
    }
}

#[test]
fn a_device_tells_what_can_be_asked_of_it() {
    let expected = "\
USB or CSI camera: ready
  --camera  /dev/video0
  formats   JPEG
  sizes     as the device gives them
  rates     as the device gives them

  /dev/video2: Webcam (uvcvideo)
    MJPG (MJPG in words)
      640x480    30, 7.5 fps
    YUYV (YUYV in words)
      2x2 to 3840x2160
    NV12 (NV12 in words)
      the same
    not taken: H264
    control.gain=0..255, is 7
    control.power_line_frequency=0..2, is 1 (50 Hz)
    control.reset
";
    assert_eq!(described(&listing()), expected);
}

#[test]
fn programs_get_one_value_as_itself_and_several_with_their_ends() {
    let json = serde_json::to_value(listing()).unwrap();
    let device = &json["devices"][0];
    assert_eq!(device["formats"][0]["resolutions"][0]["size"], "640x480");
    assert_eq!(device["formats"][0]["resolutions"][0]["fps"][1], 7.5);
    let any = &device["formats"][1]["resolutions"][0]["size"];
    assert_eq!(
        (&any["from"], &any["to"]),
        (&"2x2".into(), &"3840x2160".into())
    );
    assert_eq!(device["controls"][1]["items"][0][1], "50 Hz");
}

#[test]
fn a_long_list_takes_several_lines() {
    let items: Vec<String> = (0..30).map(|number| format!("item {number}")).collect();
    let text = wrapped("  these: ", &items);
    assert!(text.lines().count() > 1);
    assert!(text.lines().all(|line| line.len() <= 76), "{text}");
    assert_eq!(text.split_whitespace().count(), 61);
}
