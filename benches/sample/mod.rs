//! A signed file of many keys, for benches that need one.

use std::collections::BTreeMap;

use vault::{
    keys::{Identity, Member},
    members::Origin,
    sealed::{Expected, Opened, Sealed, Signer, Verified},
    value::{EnvName, Name},
    yaml::Document,
};

pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";
pub(crate) const REPOSITORY: &str = "00112233445566778899aabbccddeeff";

fn environment() -> EnvName {
    "dev".parse().expect("a name")
}

/// A signed file, the bytes that are on disk, and who signed it.
pub(crate) struct Sample {
    pub(crate) identity: Identity,
    pub(crate) members: BTreeMap<Name, Member>,
    pub(crate) bytes: Vec<u8>,
}

impl Sample {
    pub(crate) fn new(keys: usize, recipients: usize) -> Self {
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
        let mut sample = Sample {
            identity,
            members,
            bytes: Vec::new(),
        };
        sample.bytes = sample.seal(opened);
        sample
    }

    /// A file as it goes to disk.
    pub(crate) fn seal(&self, opened: Opened) -> Vec<u8> {
        let signer = Signer::among(std::slice::from_ref(&self.identity), &self.members);
        let sealed = opened.seal(signer.as_ref(), NOW).expect("sealed");
        sealed.text().as_bytes().to_vec()
    }

    pub(crate) fn open(&self) -> Opened {
        self.open_verified(self.verify())
    }

    pub(crate) fn open_verified(&self, verified: Verified) -> Opened {
        let key = verified
            .data_key(std::slice::from_ref(&self.identity))
            .expect("an entry")
            .expect("a recipient");
        verified.open(key).expect("it opens")
    }

    pub(crate) fn verify(&self) -> Verified {
        verify(&self.bytes)
    }
}

pub(crate) fn verify(bytes: &[u8]) -> Verified {
    let environment = environment();
    let expected = Expected {
        repository: REPOSITORY,
        environment: &environment,
        signed: true,
    };
    let sealed = Sealed::parse(bytes).expect("well-formed");
    sealed.verify(&expected).expect("signed")
}
