//! Finds secrets in output: as they are, encoded, cut in half, or as a digest.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// Below this many characters a text is found in innocent output.
const SHORTEST_SECRET: usize = 6;

/// From this many characters on, either half of a secret alone counts as a leak.
const SHORTEST_HALVED: usize = 12;

/// As many hex digits as a SHA-256 has: in a refusal, that can only be a digest of something.
const DIGEST_DIGITS: usize = 64;

/// The secrets that a test has named, in every form in which they must not appear.
#[derive(Default)]
pub(super) struct Secrets {
    forms: Vec<(String, &'static str)>,
    lengths: Vec<usize>,
}

impl Secrets {
    pub(super) fn add(&mut self, secret: &str) {
        assert!(
            secret.chars().count() >= SHORTEST_SECRET,
            "a secret of fewer than {SHORTEST_SECRET} characters is found in innocent output"
        );
        self.forms.extend(forms(secret));
        self.lengths.push(secret.len());
    }

    /// Names what a text gives away about a secret, but not which text.
    pub(super) fn found_in(&self, output: &str) -> Option<&'static str> {
        self.found_anywhere(output).or_else(|| private_key(output))
    }

    /// As [`Secrets::found_in`], for texts that may hold private keys: files.
    pub(super) fn found_anywhere(&self, text: &str) -> Option<&'static str> {
        let mut forms = self.forms.iter();
        let found = forms.find(|(form, _)| text.contains(form.as_str()));
        found.map(|(_, name)| *name)
    }

    /// Names what a refusal gives away: [`Secrets::found_in`], and what only a refusal must not print.
    pub(super) fn found_in_refusal(&self, output: &str) -> Option<&'static str> {
        self.found_in(output)
            .or_else(|| digest(output))
            .or_else(|| ciphertext(output))
            .or_else(|| self.length(output))
    }

    fn length(&self, output: &str) -> Option<&'static str> {
        let says_so = |length: &usize| {
            ["bytes", "byte", "characters", "chars"]
                .iter()
                .any(|unit| contains_word(output, &format!("{length} {unit}")))
        };
        self.lengths
            .iter()
            .any(says_so)
            .then_some("the length of a secret")
    }
}

fn forms(secret: &str) -> Vec<(String, &'static str)> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        (secret.to_owned(), "a secret"),
        (secret.escape_debug().to_string(), "a secret, escaped"),
        (URL_SAFE_NO_PAD.encode(bytes), "a secret in base64url"),
        (hex(bytes), "a secret in hex"),
        (hex(bytes).to_uppercase(), "a secret in hex"),
        (percent(bytes), "a secret, URL-encoded"),
        (percent(bytes).to_lowercase(), "a secret, URL-encoded"),
    ];
    forms.extend(
        secret
            .lines()
            .filter(|line| line.len() >= SHORTEST_SECRET)
            .map(|line| (line.to_owned(), "a line of a secret")),
    );
    forms.extend(inner_base64(bytes).map(|form| (form, "a secret in base64")));
    forms.extend(halves(secret).map(|half| (half, "half of a secret")));
    for digest in digests(bytes) {
        forms.push((hex(&digest), "a digest of a secret"));
        forms.push((hex(&digest).to_uppercase(), "a digest of a secret"));
        forms.push((STANDARD.encode(&digest), "a digest of a secret"));
    }
    forms
}

/// The base64 digits that depend on the secret alone, for each of the three ways it can lie in a longer text.
fn inner_base64(bytes: &[u8]) -> impl Iterator<Item = String> {
    (0..3).map(move |shift: usize| {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(bytes);
        let digits = STANDARD_NO_PAD.encode(&shifted);
        let first = (shift * 8).div_ceil(6);
        let last = shifted.len() * 8 / 6;
        digits[first..last].to_owned()
    })
}

fn halves(secret: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = secret.chars().collect();
    let middle = letters.len() / 2;
    let halves = if letters.len() < SHORTEST_HALVED {
        Vec::new()
    } else {
        vec![
            letters[..middle].iter().collect(),
            letters[middle..].iter().collect(),
        ]
    };
    halves.into_iter()
}

fn digests(bytes: &[u8]) -> [Vec<u8>; 4] {
    [
        Sha224::digest(bytes).to_vec(),
        Sha256::digest(bytes).to_vec(),
        Sha384::digest(bytes).to_vec(),
        Sha512::digest(bytes).to_vec(),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(bytes: &[u8]) -> String {
    let encode = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    bytes.iter().map(encode).collect()
}

/// An identity in output is a leak whether or not the test has named it.
fn private_key(output: &str) -> Option<&'static str> {
    let age = output.match_indices("AGE-SECRET-KEY-1").any(|(at, mark)| {
        let rest = &output[at + mark.len()..];
        rest.chars().take_while(char::is_ascii_alphanumeric).count() > 20
    });
    let ssh = output.contains("-----BEGIN OPENSSH PRIVATE KEY-----");
    (age || ssh).then_some("a private key")
}

fn digest(output: &str) -> Option<&'static str> {
    output
        .split(|letter: char| !letter.is_ascii_hexdigit())
        .any(|run| run.len() >= DIGEST_DIGITS)
        .then_some("a digest")
}

fn ciphertext(output: &str) -> Option<&'static str> {
    // Messages show the form with dots in it.
    let is_real = |(at, mark): (usize, &str)| !output[at + mark.len()..].starts_with('…');
    (output.match_indices("ENC[AES256_GCM,data:").any(is_real) || output.contains("-----BEGIN AGE"))
        .then_some("a line of a secret file")
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_ascii_digit())
    })
}
