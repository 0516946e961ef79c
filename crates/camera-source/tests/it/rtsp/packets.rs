//! JPEG pictures in RTP packets, as RFC 2435 has it.

/// Ticks of the clock that stamps frames, from one to the next.
const INTERVAL: u32 = 3000;

/// How much of a picture is in a packet.
const PACKET_BYTES: usize = 1000;

/// Packs pictures as one connection carries them.
#[derive(Default)]
pub(crate) struct Packer {
    stream: Vec<u8>,
    sequence: u16,
    frames: u32,
}

impl Packer {
    /// Adds a picture.
    pub(crate) fn add(&mut self, jpeg: &[u8]) -> &mut Self {
        self.add_without(jpeg, None)
    }

    /// Adds a picture whose packet of this number, if there is one, is lost.
    pub(crate) fn add_without(&mut self, jpeg: &[u8], lost: Option<usize>) -> &mut Self {
        let Parts {
            width,
            height,
            tables,
            scan,
        } = parts(jpeg);
        let pieces: Vec<_> = scan.chunks(PACKET_BYTES).collect();
        assert!(
            lost.is_none_or(|lost| lost < pieces.len()),
            "no such packet"
        );
        let mut offset = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let is_last = index + 1 == pieces.len();
            let mut packet = vec![0x80, 26 | if is_last { 0x80 } else { 0 }];
            packet.extend(self.sequence.to_be_bytes());
            packet.extend((self.frames * INTERVAL).to_be_bytes());
            packet.extend(1_u32.to_be_bytes());
            packet.extend(u32::try_from(offset).unwrap().to_be_bytes());
            // Colours for each four pixels, and the tables follow.
            packet.extend([1, 255, (width / 8) as u8, (height / 8) as u8]);
            if index == 0 {
                packet.extend([0, 0, 0, 128]);
                packet.extend(&tables);
            }
            packet.extend(*piece);
            if lost != Some(index) {
                self.stream.extend([b'$', 0]);
                self.stream
                    .extend(u16::try_from(packet.len()).unwrap().to_be_bytes());
                self.stream.extend(packet);
            }
            self.sequence += 1;
            offset += piece.len();
        }
        self.frames += 1;
        self
    }

    /// Passes over frames, as if all their packets were lost.
    pub(crate) fn skip(&mut self, frames: u32) -> &mut Self {
        self.frames += frames;
        self.sequence += 5;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.stream.clone()
    }
}

struct Parts {
    width: u16,
    height: u16,
    tables: Vec<u8>,
    scan: Vec<u8>,
}

/// Takes a picture of our own encoder apart.
fn parts(jpeg: &[u8]) -> Parts {
    let mut parts = Parts {
        width: 0,
        height: 0,
        tables: Vec::new(),
        scan: Vec::new(),
    };
    let mut rest = &jpeg[2..];
    loop {
        let code = rest[1];
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let content = &rest[4..2 + length];
        match code {
            0xdb => content
                .chunks(65)
                .for_each(|table| parts.tables.extend(&table[1..])),
            0xc0 => {
                parts.height = u16::from_be_bytes([content[1], content[2]]);
                parts.width = u16::from_be_bytes([content[3], content[4]]);
                assert_eq!(content[7], 0x22, "colours are for each four pixels");
            }
            0xda => {
                parts.scan = rest[2 + length..rest.len() - 2].to_vec();
                assert_eq!(parts.tables.len(), 128);
                return parts;
            }
            _ => {}
        }
        rest = &rest[2 + length..];
    }
}
