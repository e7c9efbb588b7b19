//! How long a file takes: opened, sealed, and verified without a key; by number of keys and of recipients.
//!
//! `cargo bench`. What belongs to a whole process (start-up, memory) and the comparison with sops are measured by `benches/compare.py`.

use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use vault::{
    keys::{Identity, Member},
    members::Origin,
    sealed::{Expected, Opened, Sealed, Signer},
    value::{EnvName, KeyPath, Name, Node, Scalar},
    yaml::Document,
};

const NOW: &str = "2026-01-01T00:00:00Z";
const REPOSITORY: &str = "00112233445566778899aabbccddeeff";
const KEYS: [usize; 3] = [10, 1_000, 10_000];
const RECIPIENTS: [usize; 3] = [1, 10, 100];

fn main() {
    divan::main();
}

fn environment() -> EnvName {
    "dev".parse().expect("a name")
}

/// A signed file, the bytes that are on disk, and who signed it.
struct Sample {
    identity: Identity,
    members: BTreeMap<Name, Member>,
    bytes: Vec<u8>,
}

impl Sample {
    fn new(keys: usize, recipients: usize) -> Self {
        let identity = Identity::generate();
        let name = |at: usize| format!("member{at}").parse::<Name>().expect("a name");
        let mut members = BTreeMap::from([(name(0), identity.member())]);
        members.extend((1..recipients).map(|at| (name(at), Identity::generate().member())));
        let plain: String = (0..keys)
            .map(|at| format!("KEY_{at}: value {at} of a usual length, forty\n"))
            .collect();
        let document = Document::parse(&plain).expect("valid");
        let origin = Origin {
            repository: REPOSITORY.to_owned(),
            environment: environment(),
            rule: vec![("unencrypted_regex".to_owned(), "^$".to_owned())],
            extends: Vec::new(),
        };
        let opened = Opened::create_from(origin, members.clone(), &document, NOW).expect("a file");
        let bytes = {
            let signer = Signer::among(std::slice::from_ref(&identity), &members);
            opened
                .seal(signer.as_ref(), NOW)
                .expect("sealed")
                .text()
                .as_bytes()
                .to_vec()
        };
        Sample {
            identity,
            members,
            bytes,
        }
    }

    fn open(&self) -> Opened {
        let verified = self.verify();
        let key = verified
            .data_key(std::slice::from_ref(&self.identity))
            .expect("an entry")
            .expect("a recipient");
        verified.open(key).expect("it opens")
    }

    fn verify(&self) -> vault::sealed::Verified {
        let environment = environment();
        let expected = Expected {
            repository: REPOSITORY,
            environment: &environment,
            signed: true,
        };
        Sealed::parse(&self.bytes)
            .expect("well-formed")
            .verify(&expected)
            .expect("signed")
    }
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
