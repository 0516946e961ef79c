//! What is true of every reader of items.

use creel_items::Items;

/// What was read of a text: what each item came to, and how it stands there.
pub struct Originals(Vec<(String, Vec<u8>)>);

/// Reads a text to its end, and passes over it as well.
pub fn read_and_passed<I: Items>(mut read: I, mut passed: I, text: &[u8]) -> Originals {
    let originals = Originals::read(&mut read);
    let mut places = originals.0.iter();
    while let Some(item) = passed.pass().expect("memory can be read") {
        let original = item.original.expect("no line is too long");
        let place = places.next().expect("as many are passed over as are read");
        assert_eq!(place.1, original);
    }
    assert!(places.next().is_none());
    let held: usize = originals.0.iter().map(|(_, original)| original.len()).sum();
    assert!(held <= text.len());
    originals
}

/// Whether what stands in a text means the same at another place: marks and lone carriage returns do not.
pub fn can_be_moved(text: &[u8]) -> bool {
    !text.contains(&b'\r') && !text.windows(3).any(|three| three == b"\xef\xbb\xbf")
}

impl Originals {
    fn read(items: &mut impl Items) -> Self {
        let mut originals = Vec::new();
        let mut last = 0;
        while let Some(found) = items.next().expect("memory can be read") {
            assert!(found.line > last);
            last = found.line;
            let what = format!("{:?}", found.payload);
            let original = found.original.expect("no line is too long");
            originals.push((what, original.to_vec()));
        }
        Self(originals)
    }

    /// The items as a text of their own.
    pub fn joined(&self) -> Vec<u8> {
        let lines = self
            .0
            .iter()
            .flat_map(|(_, original)| [original, &b"\n"[..]]);
        lines.collect::<Vec<_>>().concat()
    }

    /// The same items have to come of another text.
    pub fn compare(&self, mut items: impl Items) {
        assert_eq!(Self::read(&mut items).0, self.0);
    }
}
