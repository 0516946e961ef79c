//! The archive that a kernel unpacks into its first file system, in the format `newc` of cpio.

/// Files and folders, one behind the other.
#[derive(Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    count: u32,
}

impl Archive {
    pub(super) fn folder(&mut self, path: &str) {
        self.entry(path, 0o040_755, &[]);
    }

    /// A file that can be run.
    pub(super) fn program(&mut self, path: &str, content: &[u8]) {
        self.entry(path, 0o100_755, content);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    /// A header of numbers in hexadecimal, the path, and the content, each padded to a multiple of four.
    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.count += 1;
        let size = content.len() as u32;
        let path_size = path.len() as u32 + 1;
        self.bytes.extend_from_slice(b"070701");
        // Inode, mode, owner, group, links, time, size, devices, length of the path, checksum.
        for number in [self.count, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, path_size, 0] {
            self.bytes
                .extend_from_slice(format!("{number:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn an_archive_has_each_file_behind_its_header() {
        let mut archive = Archive::default();
        archive.folder("bin");
        archive.program("init", b"hello");
        let bytes = archive.finish();
        let text = String::from_utf8(bytes).unwrap();
        let header = |count: u32, mode: &str, size: u32, path_size: u32| {
            format!(
                "070701{count:08x}{mode}00000000000000000000000100000000{size:08x}\
                 00000000000000000000000000000000{path_size:08x}00000000"
            )
        };
        let expected = [
            &header(1, "000041ed", 0, 4),
            "bin\0\0\0",
            &header(2, "000081ed", 5, 5),
            "init\0\0hello\0\0\0",
            &header(3, "00000000", 0, 11),
            "TRAILER!!!\0\0\0\0",
        ];
        assert_eq!(text, expected.concat());
    }
}
