//! How long two versions of a file take to be made one: verified, opened, woven, sealed.
//!
//! `cargo bench --bench merges`.

mod sample;

use divan::{Bencher, black_box};
use vault::{
    reconcile::{Base, Merged, Reconciliation, Standing, Versions},
    sops::Put,
    value::{KeyPath, Node, Scalar},
};

use sample::{Sample, verify};

const KEYS: [usize; 2] = [1_000, 10_000];

fn main() {
    divan::main();
}

/// A file and what two people made of it.
struct Sides {
    sample: Sample,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl Sides {
    /// Both change one key in ten, and never the same one.
    fn new(keys: usize) -> Self {
        let sample = Sample::new(keys, 3);
        let changed = |first: usize| {
            let mut opened = sample.open();
            let node = Node::Scalar(Scalar::str("changed on one side"));
            let paths: Vec<KeyPath> = (first..keys)
                .step_by(10)
                .map(|at| KeyPath::key(&format!("KEY_{at}")))
                .collect();
            let puts: Vec<Put<'_>> = paths
                .iter()
                .map(|path| Put {
                    path,
                    node: &node,
                    comments: &[],
                })
                .collect();
            opened.put_all(&puts).expect("they are there");
            sample.seal(opened)
        };
        let (ours, theirs) = (changed(1), changed(5));
        Sides {
            sample,
            ours,
            theirs,
        }
    }

    fn merged(&self) -> Vec<u8> {
        let versions = Versions {
            base: Base::Known(verify(&self.sample.bytes)),
            ours: verify(&self.ours),
            theirs: verify(&self.theirs),
        };
        let standing = Standing::of(&Versions {
            base: versions.base.as_ref(),
            ours: &versions.ours,
            theirs: &versions.theirs,
        });
        assert!(standing.objections().is_empty());
        let versions = Versions {
            base: Base::Known(self.sample.open()),
            ours: self.sample.open_verified(versions.ours),
            theirs: self.sample.open_verified(versions.theirs),
        };
        let merged = Reconciliation::new(standing, versions).expect("they fit");
        assert!(merged.conflicts().is_empty());
        match merged.finish().expect("it can be written") {
            Merged::New(opened) => self.sample.seal(*opened),
            Merged::Kept(_) => unreachable!("both sides changed something"),
        }
    }
}

#[divan::bench(args = KEYS)]
fn both_sides_changed_one_key_in_ten(bencher: Bencher<'_, '_>, keys: usize) {
    let sides = Sides::new(keys);
    bencher.bench(|| black_box(sides.merged()));
}
