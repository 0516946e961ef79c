use std::time::Duration;

use proptest::prelude::*;

use super::{Address, AddressError, Transport};

fn parse(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn a_url_is_taken_apart() {
    let address = parse("rtsp://me:p%40ss%3A%23@[::1]:554/live?sub=1#stall=0.5&transport=udp");
    assert_eq!(address.scheme(), "rtsp");
    assert_eq!(address.url(), "rtsp://[::1]:554/live?sub=1");
    let credentials = address.credentials().unwrap();
    assert_eq!(credentials.name, "me");
    assert_eq!(credentials.password, "p@ss:#");
    assert_eq!(address.patience().stall, Duration::from_millis(500));
    assert_eq!(address.transport(), Transport::Udp);

    let address = parse("http://cam");
    assert_eq!(address.url(), "http://cam");
    assert_eq!(address.credentials(), None);
    assert_eq!(address.patience().stall, Duration::from_secs(3));
    // Whatever follows the last @ is the host, as everybody reads it.
    let address = parse("http://me:p@ss@cam/");
    assert_eq!(address.credentials().unwrap().password, "p@ss");
    assert_eq!(address.url(), "http://cam/");
}

#[test]
fn what_is_no_url_says_what_to_do_and_repeats_nothing() {
    let check = |text: &str, expected: AddressError| {
        let error = text.parse::<Address>().unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("secret"), "{error}");
    };
    check("rtsps://me:secret@cam/", AddressError::Scheme);
    check("rtsp:///live", AddressError::Host);
    check("rtsp://me:secret@/live", AddressError::Host);
    check("rtsp://me:secret/1@cam/live", AddressError::Host);
    check("rtsp://me:secret#1@cam/live", AddressError::Host);
    check("rtsp://cam:port/live", AddressError::Host);
    check("http://me:%ff@cam/", AddressError::Encoding);
    check("http://cam/a secret", AddressError::Whitespace);
    check("http://cam/#stall=0", AddressError::Seconds("stall".into()));
    check(
        "http://cam/#stall=inf",
        AddressError::Seconds("stall".into()),
    );
    check("http://cam/#transport=tcp", AddressError::Transport);
    check("rtsp://cam/#transport=secret", AddressError::Transport);
    check("rtsp://cam/#secret", AddressError::Setting);
}

proptest! {
    #[test]
    fn nothing_shown_of_an_address_is_secret(
        name in "[a-z]{0,8}",
        secret in "[A-Z]{4,8}",
        host in "[a-z]{1,8}(:[1-9][0-9]{0,3})?",
        path in "(/[a-z]{0,5}){0,3}",
    ) {
        let texts = [
            format!("http://{name}:{secret}@{host}{path}?key={secret}"),
            format!("rtsp://{secret}:{name}@{host}{path}#transport=tcp"),
        ];
        for text in texts {
            let address = parse(&text);
            let shown = format!("{address} {address:?}");
            prop_assert!(!shown.contains(&secret), "{}", shown);
            prop_assert!(shown.contains(&format!("{host}{path}")), "{}", shown);
        }
    }
}
