//! Random programs against a model, on a pool and on many orders of the seeded executor.

mod log;
mod play;
mod program;
mod stage;
mod verdict;

use creel_runtime::Seeded;
use proptest::prelude::*;

use play::play;
use program::program;
use stage::Pool;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_ends_as_the_model_says_whatever_the_seed(program in program(), seed in any::<u64>()) {
        for seed in seed..=seed.saturating_add(7) {
            play(&program, Seeded::new(seed))?;
        }
    }

    #[test]
    fn any_program_that_is_played_again_with_its_seed_takes_the_same_steps(program in program(), seed in any::<u64>()) {
        prop_assert_eq!(play(&program, Seeded::new(seed))?, play(&program, Seeded::new(seed))?);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_ends_as_the_model_says(workers in 1_usize..4, program in program()) {
        play(&program, Pool::held(workers))?;
    }
}
