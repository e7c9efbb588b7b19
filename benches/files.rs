//! How long a file takes: opened, sealed, and verified without a key; by number of keys and of recipients.
//!
//! `cargo bench`. What belongs to a whole process (start-up, memory) and the comparison with sops are measured by `benches/compare.py`.

mod sample;

use divan::{Bencher, black_box};
use vault::{
    sealed::Signer,
    value::{KeyPath, Node, Scalar},
};

use sample::{NOW, Sample};

const KEYS: [usize; 3] = [10, 1_000, 10_000];
const RECIPIENTS: [usize; 3] = [1, 10, 100];

fn main() {
    divan::main();
}

#[divan::bench(args = KEYS)]
fn open_with_keys(bencher: Bencher<'_, '_>, keys: usize) {
    let sample = Sample::new(keys, 1);
    bencher.bench(|| black_box(sample.open()));
}

#[divan::bench(args = KEYS)]
fn verify_without_a_key(bencher: Bencher<'_, '_>, keys: usize) {
    let sample = Sample::new(keys, 1);
    bencher.bench(|| black_box(sample.verify()));
}

#[divan::bench(args = KEYS)]
fn set_one_value_and_seal(bencher: Bencher<'_, '_>, keys: usize) {
    let sample = Sample::new(keys, 1);
    let signer = Signer::among(std::slice::from_ref(&sample.identity), &sample.members);
    bencher
        .with_inputs(|| sample.open())
        .bench_values(|mut opened| {
            opened
                .set(&KeyPath::key("KEY_1"), &Node::Scalar(Scalar::str("other")))
                .expect("set");
            black_box(opened.seal(signer.as_ref(), NOW).expect("sealed"))
        });
}

#[divan::bench(args = RECIPIENTS)]
fn open_with_recipients(bencher: Bencher<'_, '_>, recipients: usize) {
    let sample = Sample::new(10, recipients);
    bencher.bench(|| black_box(sample.open()));
}

#[divan::bench(args = RECIPIENTS)]
fn seal_for_recipients(bencher: Bencher<'_, '_>, recipients: usize) {
    let sample = Sample::new(10, recipients);
    bencher.bench(|| black_box(Sample::new(10, sample.members.len()).bytes));
}
