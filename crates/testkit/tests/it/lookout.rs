use creel_testkit::{ScriptedLookout, contract};

#[test]
fn the_scripted_lookout_keeps_the_contract() {
    let lookout = ScriptedLookout::new();
    contract::lookout(&lookout, |waker| lookout.ready(waker));
}
