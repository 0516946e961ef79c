//! Fakes, contract suites and proptest strategies for Creel's own tests.
