use super::*;

fn access(token: Option<&str>) -> Access {
    let token = token.map(|token| Token::new(token).unwrap());
    Access::new("127.0.0.1:80".parse().unwrap(), token)
}

#[test]
fn without_a_token_only_names_that_lead_nowhere_else_are_ours() {
    let access = access(None);
    for ours in [
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1:9",
        "127.1.2.3",
        "[::1]:80",
        "[::1]",
    ] {
        assert!(access.is_ours(ours), "{ours}");
    }
    for foreign in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "10.0.0.1",
        "[2001:db8::1]",
        "localhost:",
        "localhost:99999",
        "localhost:80:80",
        "user@localhost",
        "localhost/",
        "",
        ":80",
    ] {
        assert!(!access.is_ours(foreign), "{foreign}");
    }
}

#[test]
fn with_a_token_any_name_will_do_if_it_is_one() {
    let access = access(Some("0123456789abcdef"));
    assert!(access.is_ours("camera.lan:27335"));
    assert!(!access.is_ours("camera.lan:27335/evil"));
    assert!(!access.is_ours(""));
}
