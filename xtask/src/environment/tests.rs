use super::hash;

#[test]
fn the_key_of_a_recipe_is_the_same_for_ever() {
    // The published values of FNV-1a.
    assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
}
