//! Appends while nobody takes, is dropped as a process that ends would drop it, and gives everything back.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use creel_core::Spool;
use creel_core::port::SpoolError;
use creel_disk_spool::{DiskSpool, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join("creel-outage.spool");
    let settings = Settings::new(1 << 20);

    let mut spool = DiskSpool::open(&path, settings)?;
    let mut frames = 0;
    loop {
        let frame = vec![b'x'; 100_000];
        match spool.append(&frame) {
            Ok(_) => frames += 1,
            Err(SpoolError::NoRoom(why)) => {
                println!("after {frames} frames: {why}");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    drop(spool);

    let mut spool = DiskSpool::open(&path, settings)?;
    println!("{}", spool.recovery());
    let mut sent = 0;
    while let Some((ticket, frame)) = spool.next(None)? {
        assert_eq!(frame.len(), 100_000);
        // Only when it is safe elsewhere does it leave the spool.
        spool.remove(ticket)?;
        sent += 1;
    }
    println!("{sent} frames sent, {} left", spool.len());
    Ok(())
}
