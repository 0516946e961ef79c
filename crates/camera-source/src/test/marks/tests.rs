use proptest::prelude::*;

use super::{Rectangle, marks};
use crate::Size;

proptest! {
    #[test]
    fn the_marks_lie_within_the_picture_apart_from_each_other(
        width in 160u32..5000,
        height in 160u32..5000,
    ) {
        let found = marks(Size::new(width, height));
        for Rectangle { x, y, width: w, height: h } in [found.qr, found.digits] {
            prop_assert!(x + w <= width && y + h <= height);
        }
        prop_assert!(found.digits.y + found.digits.height < found.qr.y);
        prop_assert!(found.digits.height >= 52);
        prop_assert_eq!(found.qr.width % super::CODE_MODULES, 0);
    }
}
