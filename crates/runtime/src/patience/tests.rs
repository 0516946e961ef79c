use super::*;

/// Waits for what is there at that look, counted from 0.
fn wait_for_look(patience: &Patience, number: u32) -> bool {
    let mut looks = 0..number;
    patience.outlasts(|| looks.next().is_none())
}

fn of_level(level: u32) -> Patience {
    let patience = Patience::new();
    patience.level.set(level);
    patience
}

#[test]
fn what_comes_at_a_glance_teaches_nothing() {
    let patience = Patience::new();
    assert!(wait_for_look(&patience, GLANCES - 1) || is_alone());
    assert_eq!((patience.level.get(), patience.untried.get()), (0, 0));
}

#[test]
fn a_wait_for_nothing_ends_and_leaves_less_patience() {
    let patience = of_level(LEVEL_MAX);
    assert!(!patience.outlasts(|| false));
    assert!(patience.level.get() < LEVEL_MAX || is_alone());
}

#[test]
fn whoever_expects_nothing_tries_once_in_a_period() {
    let patience = Patience::new();
    let looks = Cell::new(0);
    let mut waits_that_took_long = 0;
    for _ in 0..3 * TRIAL_PERIOD {
        looks.set(0);
        patience.outlasts(|| {
            looks.set(looks.get() + 1);
            false
        });
        waits_that_took_long += u32::from(looks.get() > GLANCES);
    }
    assert!(waits_that_took_long == 3 || is_alone());
}

#[test]
fn patience_grows_where_it_is_paid_and_shrinks_where_it_is_not() {
    let patience = Patience::new();
    let mut levels = Vec::new();
    for stare in [
        Stare::Paid(Duration::ZERO),
        Stare::Paid(Duration::ZERO),
        Stare::Wasted,
        Stare::Paid(Duration::ZERO),
        Stare::Paid(Duration::ZERO),
        Stare::Paid(Duration::ZERO),
        Stare::Preempted,
        Stare::Wasted,
    ] {
        patience.learn(stare);
        levels.push(patience.level.get());
    }
    assert_eq!(levels, [1, 2, 1, 2, 3, 4, 0, 0]);
}

#[test]
fn who_was_paid_after_long_is_patient_enough_for_that_the_next_time() {
    let patience = Patience::new();
    let late = stare_of(LEVEL_MAX) / 2;
    patience.learn(Stare::Paid(late));
    assert!(stare_of(patience.level.get()) > late);
    patience.learn(Stare::Paid(Duration::ZERO));
    assert_eq!(patience.level.get(), LEVEL_MAX);
}
