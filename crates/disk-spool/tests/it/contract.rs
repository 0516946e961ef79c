use creel_disk_spool::{DiskSpool, Settings};
use creel_testkit::contract;

use crate::{durabilities, place};

#[test]
fn a_spool_on_disk_keeps_the_contract_with_every_durability() {
    for durability in durabilities() {
        let (_directory, path) = place();
        contract::spool(|| {
            let mut settings = Settings::new(1 << 20);
            settings.durability = durability;
            DiskSpool::open(&path, settings).unwrap()
        });
    }
}

#[test]
fn a_spool_of_many_small_files_keeps_the_contract() {
    let (_directory, path) = place();
    contract::spool(|| {
        let mut settings = Settings::new(1 << 20);
        settings.segment_bytes = 1;
        DiskSpool::open(&path, settings).unwrap()
    });
}

#[test]
fn a_full_spool_keeps_the_contract_whatever_its_size() {
    for segment_bytes in [1, 1_000, 10_000, 1 << 20] {
        for limit_bytes in (2_200..2_400).step_by(7) {
            let (_directory, path) = place();
            let mut settings = Settings::new(limit_bytes);
            settings.segment_bytes = segment_bytes;
            let spool = DiskSpool::open(&path, settings).unwrap();
            contract::spool_out_of_room(spool, &[7; 500]);
        }
    }
}

#[test]
fn an_entry_that_never_fits_is_told_from_one_that_does_not_fit_yet() {
    let (_directory, path) = place();
    let spool = DiskSpool::open(&path, Settings::new(1_000)).unwrap();
    contract::spool_too_small(spool, &[7; 500], &[7; 1_000]);
}

#[test]
fn the_largest_entry_that_is_not_too_large_fits_once_all_others_are_removed() {
    use creel_core::Spool;
    use creel_core::port::SpoolError;

    let (_directory, path) = place();
    let mut spool = DiskSpool::open(&path, Settings::new(1_000)).unwrap();
    let fits = |spool: &mut DiskSpool, length| match spool.append(&vec![1; length]) {
        Ok(ticket) => {
            spool.remove(ticket).unwrap();
            true
        }
        Err(SpoolError::TooLarge(_)) => false,
        Err(error) => panic!("{length}: {error}"),
    };
    let largest = (0..1_000).rev().find(|&length| fits(&mut spool, length));
    assert!(largest > Some(900), "{largest:?}");
    for length in 0..=largest.unwrap() {
        assert!(fits(&mut spool, length), "{length}");
    }
}
