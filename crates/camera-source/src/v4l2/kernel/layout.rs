//! What the kernel is handed and fills: the structures of `linux/videodev2.h`, as far as they are used.
//!
//! All are plain numbers, for which any bytes are valid. Of unions there is the variant that video capture uses, padded to
//! the size of the largest.

/// V4L2's letter among the kernel's requests.
pub(super) const GROUP: u8 = b'V';

/// The numbers of the requests, by the names that they have in the header behind `VIDIOC_`.
pub(super) mod number {
    pub(in crate::v4l2::kernel) const ENUM_FMT: u8 = 2;
    pub(in crate::v4l2::kernel) const G_FMT: u8 = 4;
    pub(in crate::v4l2::kernel) const S_FMT: u8 = 5;
    pub(in crate::v4l2::kernel) const REQBUFS: u8 = 8;
    pub(in crate::v4l2::kernel) const QUERYBUF: u8 = 9;
    pub(in crate::v4l2::kernel) const QBUF: u8 = 15;
    pub(in crate::v4l2::kernel) const DQBUF: u8 = 17;
    pub(in crate::v4l2::kernel) const STREAMON: u8 = 18;
    pub(in crate::v4l2::kernel) const STREAMOFF: u8 = 19;
    pub(in crate::v4l2::kernel) const G_PARM: u8 = 21;
    pub(in crate::v4l2::kernel) const S_PARM: u8 = 22;
    pub(in crate::v4l2::kernel) const G_CTRL: u8 = 27;
    pub(in crate::v4l2::kernel) const S_CTRL: u8 = 28;
    pub(in crate::v4l2::kernel) const QUERYCTRL: u8 = 36;
    pub(in crate::v4l2::kernel) const QUERYMENU: u8 = 37;
    pub(in crate::v4l2::kernel) const ENUM_FRAMESIZES: u8 = 74;
    pub(in crate::v4l2::kernel) const ENUM_FRAMEINTERVALS: u8 = 75;
}

/// How a device is asked for pictures: `V4L2_BUF_TYPE_VIDEO_CAPTURE`.
pub(super) const CAPTURE: u32 = 1;

/// Buffers that the driver makes, and we map: `V4L2_MEMORY_MMAP`.
pub(super) const MAPPED: u32 = 1;

/// `struct v4l2_fmtdesc`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct FormatDescription {
    pub(super) index: u32,
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) description: [u8; 32],
    pub(super) fourcc: [u8; 4],
    pub(super) bus_code: u32,
    pub(super) reserved: [u32; 3],
}

/// `struct v4l2_pix_format`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(in crate::v4l2) struct PictureFormat {
    pub(in crate::v4l2) width: u32,
    pub(in crate::v4l2) height: u32,
    pub(in crate::v4l2) fourcc: [u8; 4],
    pub(in crate::v4l2) field: u32,
    pub(in crate::v4l2) stride: u32,
    pub(in crate::v4l2) picture_bytes: u32,
    pub(in crate::v4l2) colours: u32,
    pub(in crate::v4l2) private: u32,
    pub(in crate::v4l2) flags: u32,
    pub(in crate::v4l2) encoding: u32,
    pub(in crate::v4l2) quantization: u32,
    pub(in crate::v4l2) transfer: u32,
}

/// `struct v4l2_format`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Format {
    pub(super) kind: u32,
    pub(super) format: FormatUnion,
}

/// Its union, one of whose variants has pointers.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct FormatUnion {
    pub(super) pointers: [usize; 0],
    pub(super) picture: PictureFormat,
    pub(super) padding: [[u32; 19]; 2],
}

/// `struct v4l2_frmsizeenum`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct FrameSize {
    pub(super) index: u32,
    pub(super) fourcc: [u8; 4],
    pub(super) kind: u32,
    /// Width and height; or the lowest, highest and step of the width, and the same of the height.
    pub(super) sides: [u32; 6],
    pub(super) reserved: [u32; 2],
}

/// `struct v4l2_fract`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(in crate::v4l2) struct Fraction {
    pub(in crate::v4l2) numerator: u32,
    pub(in crate::v4l2) denominator: u32,
}

impl Fraction {
    /// How many of it go into a second; `None` where it is not a time.
    pub(in crate::v4l2) fn rate(self) -> Option<f64> {
        let is_time = self.numerator > 0 && self.denominator > 0;
        is_time.then(|| f64::from(self.denominator) / f64::from(self.numerator))
    }
}

/// `struct v4l2_frmivalenum`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct FrameInterval {
    pub(super) index: u32,
    pub(super) fourcc: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: u32,
    /// The interval; or the lowest, the highest and the step.
    pub(super) intervals: [Fraction; 3],
    pub(super) reserved: [u32; 2],
}

/// What the kind of a [`FrameSize`] or [`FrameInterval`] says when it is one value.
pub(super) const DISCRETE: u32 = 1;

/// `struct v4l2_streamparm` with `struct v4l2_captureparm`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Parameters {
    pub(super) kind: u32,
    pub(super) capability: u32,
    pub(super) mode: u32,
    pub(super) interval: Fraction,
    pub(super) extended_mode: u32,
    pub(super) read_buffers: u32,
    pub(super) reserved: [u32; 4],
    pub(super) padding: [[u32; 20]; 2],
}

/// `struct v4l2_requestbuffers`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct BufferRequest {
    pub(super) count: u32,
    pub(super) kind: u32,
    pub(super) memory: u32,
    pub(super) capabilities: u32,
    pub(super) flags: [u8; 4],
}

/// `struct v4l2_buffer`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(in crate::v4l2) struct Buffer {
    pub(in crate::v4l2) index: u32,
    pub(super) kind: u32,
    pub(in crate::v4l2) used: u32,
    pub(in crate::v4l2) flags: u32,
    pub(super) field: u32,
    pub(in crate::v4l2) seconds: i64,
    pub(in crate::v4l2) microseconds: i64,
    pub(super) timecode: [u32; 4],
    pub(in crate::v4l2) sequence: u32,
    pub(super) memory: u32,
    /// Where to map the buffer; as wide as a pointer.
    pub(super) offset: usize,
    pub(super) length: u32,
    pub(super) reserved: [u32; 2],
}

/// `struct v4l2_queryctrl`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(in crate::v4l2) struct ControlDescription {
    pub(in crate::v4l2) id: u32,
    pub(in crate::v4l2) kind: u32,
    pub(in crate::v4l2) name: [u8; 32],
    pub(in crate::v4l2) minimum: i32,
    pub(in crate::v4l2) maximum: i32,
    pub(in crate::v4l2) step: i32,
    pub(in crate::v4l2) default: i32,
    pub(in crate::v4l2) flags: u32,
    pub(super) reserved: [u32; 2],
}

/// `struct v4l2_querymenu`, which the header packs: its name may also be a number of 64 bits.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct MenuItem {
    pub(super) id: u32,
    pub(super) index: u32,
    pub(super) name: [u8; 32],
    pub(super) reserved: u32,
}

/// `struct v4l2_control`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Control {
    pub(super) id: u32,
    pub(super) value: i32,
}

/// The sizes that the header gives them, by which the kernel knows a request.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<FormatDescription>() == 64);
    assert!(size_of::<PictureFormat>() == 48);
    assert!(size_of::<Format>() == 208);
    assert!(size_of::<FrameSize>() == 44);
    assert!(size_of::<FrameInterval>() == 52);
    assert!(size_of::<Parameters>() == 204);
    assert!(size_of::<BufferRequest>() == 20);
    assert!(size_of::<Buffer>() == 88);
    assert!(std::mem::offset_of!(Buffer, seconds) == 24);
    assert!(std::mem::offset_of!(Buffer, sequence) == 56);
    assert!(std::mem::offset_of!(Buffer, offset) == 64);
    assert!(size_of::<ControlDescription>() == 68);
    assert!(size_of::<MenuItem>() == 44);
    assert!(size_of::<Control>() == 8);
};
