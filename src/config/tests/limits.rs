//! Texts that were made to hurt.

use std::fmt::Write;

use super::*;

#[test]
fn everything_is_bounded() {
    let large = format!("version: 1 #{}\n", "x".repeat(1 << 20));
    assert_eq!(
        Config::parse(&large).unwrap_err().problem,
        Problem::TooLarge
    );

    let mut many = "version: 1\nrecipients:\n".to_owned();
    for at in 0..10_000 {
        writeln!(many, "    r{at}: x").unwrap();
    }
    assert_eq!(findings(&many).len(), 1);
    assert_eq!(
        Config::parse(&many).unwrap_err().problem,
        Problem::TooManyEntries
    );
    let fewer = many
        .replace("    r9999: x\n", "")
        .replace("    r9998: x\n", "");
    assert_eq!(
        Config::parse_all(&fewer).unwrap_err().len(),
        20,
        "all lines are wrong, 20 are told"
    );
}

#[test]
fn a_small_file_cannot_ask_for_a_large_memory() {
    let mut text = "version: 1\nrecipients:\n".to_owned();
    let age = |at: u64| {
        // Any 32 bytes are a key; those of small order are a handful.
        let mut bytes = [1; 32];
        bytes[..8].copy_from_slice(&at.to_le_bytes());
        age_text(bytes)
    };
    for at in 0..1_000 {
        writeln!(text, "    r{at}: {}", age(at)).unwrap();
    }
    let names: Vec<String> = (0..1_000).map(|at| format!("r{at}")).collect();
    write!(
        text,
        "groups:\n    all: [{}]\nenvironments:\n",
        names.join(", ")
    )
    .unwrap();
    let people = text.clone();
    for at in 0..101 {
        writeln!(text, "    e{at}: {{ recipients: [all] }}").unwrap();
    }
    assert_eq!(Config::parse_all(&text).unwrap_err().len(), 1);
    assert_eq!(
        Config::parse(&text).unwrap_err().problem,
        Problem::TooManyReaders
    );
    let fits = people + "    e: { recipients: [all] }\n";
    assert_eq!(
        Config::parse(&fits)
            .unwrap()
            .environments()
            .next()
            .unwrap()
            .readers()
            .len(),
        1_000
    );
}

#[test]
fn thousands_of_wrong_names_are_refused_at_once() {
    let mut text = with("    dev: { recipients: [alice], extends: [");
    for at in 0..4_000 {
        write!(text, "{}{at}, ", "n".repeat(60)).unwrap();
    }
    text += "] }\n    prod: { recipients: [";
    for at in 0..4_000 {
        write!(text, "{}{at}, ", "m".repeat(60)).unwrap();
    }
    text += "] }\n";
    assert_eq!(Config::parse_all(&text).unwrap_err().len(), 20);
}

/// Spells an X25519 public key.
fn age_text(bytes: [u8; 32]) -> String {
    const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut bits: Vec<bool> = bytes
        .iter()
        .flat_map(|b| (0..8).rev().map(move |at| b >> at & 1 == 1))
        .collect();
    bits.resize(260, false);
    let mut groups: Vec<u8> = bits
        .chunks(5)
        .map(|five| five.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit)))
        .collect();
    // BIP 173: the human-readable part, high bits first, then the data and six zeros.
    let mut input: Vec<u8> = b"age"
        .iter()
        .map(|c| c >> 5)
        .chain([0])
        .chain(b"age".iter().map(|c| c & 31))
        .collect();
    input.extend(&groups);
    input.extend([0; 6]);
    let sum = input.iter().fold(1u32, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(*value);
        let generator = [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ];
        (0..5)
            .filter(|at| top >> at & 1 == 1)
            .fold(next, |sum, at| sum ^ generator[at])
    }) ^ 1;
    groups.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    let data: String = groups
        .iter()
        .map(|group| char::from(CHARSET[usize::from(*group)]))
        .collect();
    format!("age1{data}")
}

/// Pieces of configs, right and wrong, to be thrown together.
const PIECES: [&str; 34] = [
    "version: 1\n",
    "repository: ",
    "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0",
    "default: ",
    "recipients:\n",
    "groups:\n",
    "environments:\n",
    "    ",
    "        ",
    "alice: ",
    "team: ",
    "dev: ",
    "prod",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "\n",
    "extends: ",
    "writers: ",
    "file: ",
    "signed: false",
    "recipients: ",
    "a.yaml",
    "..",
    "null",
    "123",
    "\"",
    "# x\n",
    "&a ",
    "é\u{85}",
    "\r\n",
];

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,80}") {
        let _ = Config::parse_all(&text);
        let _ = Config::parse_all(&format!("version: 1\n{text}"));
    }

    #[test]
    fn no_jumble_of_its_own_words_makes_it_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..40)) {
        let text = format!("version: 1\n{}", pieces.concat());
        let id = RepositoryId::from_bytes([7; 16]);
        match Config::parse_all(&text) {
            Ok(config) => {
                let edited = edit::with_repository(&text, &id);
                let is_refused = edited.is_err();
                proptest::prop_assert!(!is_refused || config.repository().is_some_and(|own| own != &id));
            }
            Err(found) => {
                proptest::prop_assert!(!found.is_empty() && found.len() <= 20);
                proptest::prop_assert!(found.iter().all(|error| !error.to_string().chars().any(char::is_control)));
            }
        }
    }
}
