//! A store that loads only the rows under the keys of a change set keeps every rule too: the keys are all named.

use std::sync::Arc;

use commerce_testkit::{
    conformance::{block_on, model::answers_alike},
    doubles::SubsetStore,
};

commerce_testkit::store_conformance!(|| async { Arc::new(SubsetStore::new()) });

#[test]
fn a_subset_and_the_whole_answer_alike() {
    for seed in 1..=20 {
        block_on(answers_alike(&SubsetStore::new(), seed, 200)).unwrap();
    }
}
