use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::{keys::samples::*, secret::secret};

/// From the tests of rage (str4d/rage, MIT or Apache-2.0); passphrase `foobar`, work factor 10.
const OF_RAGE: &str = "\
-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBza2I4R0t6L2NLT2s4cGlI
TTRGRjFRIDEwCnVodTdORmZjcCtjRmdnYU54bm8rZEJ5NWlrVHZLY1hyRzZEN2JE
ZVpwWnMKLS0tIEZTcDlSL3oyRC9NQ3JZa3ZvUzNaNlk4bnhBSUdJRTFrMmE4QzMr
UVNETlkK34fdtpwZz+qQaGuirGHEdodVe4JvnSG3ANQpWhkDcsRzoe/+OuHXNdnv
zhBhaKdthstzGXbd2yJbLrTH1A3YbWO+/3zTIZENzKU9XbibLLQ4M/TXwKMzoObY
oiMf5/+8GiQVREtHmm24wsc/479cVwnGVTdH7DL+wANmyf6S9Vc2FYQmXjLDxsJ0
LMF6Cpgcg09C2gg4pcb4TFUWmDuxnZrfggrptOtyzC8O8aRuKPZqCGnzoWNOWl86
fOrxrKTj7xCdNS3+OrCdnBC8Z9cKDxjCGWW3fkjLsYha0Jo=
-----END AGE ENCRYPTED FILE-----
";

fn open(content: &str) -> Result<Vec<String>, IdentityFileError> {
    match IdentityFile::parse(content.as_bytes())? {
        IdentityFile::Open(identities) => Ok(lines(&identities)),
        IdentityFile::Locked(_) => panic!("locked"),
    }
}

fn locked(content: &[u8]) -> LockedIdentity {
    match IdentityFile::parse(content).unwrap() {
        IdentityFile::Open(_) => panic!("not locked"),
        IdentityFile::Locked(locked) => locked,
    }
}

fn error(content: &[u8]) -> IdentityFileError {
    IdentityFile::parse(content).err().unwrap()
}

fn lines(identities: &[Identity]) -> Vec<String> {
    identities
        .iter()
        .map(|identity| identity.recipient().to_string())
        .collect()
}

fn unlocked(locked: &LockedIdentity, passphrase: &str) -> Result<Vec<String>, IdentityFileError> {
    locked
        .unlock(&secret(passphrase))
        .map(|identities| lines(&identities))
}

#[test]
fn a_list_holds_identities_comments_and_empty_lines() {
    let list = format!("# created: today\n\n{ALICE_SECRET}\n#{BOB_SECRET}\n{BOB_SECRET}\n");
    for content in [
        list.clone(),
        list.replace('\n', "\r\n"),
        list.trim_end().to_owned(),
    ] {
        assert_eq!(open(&content).unwrap(), [ALICE_AGE, BOB_AGE]);
    }
}

#[test]
fn a_wrong_line_refuses_the_whole_file_and_is_named_by_number_only() {
    let secret_start = "AGE-SECRET-KEY-1";
    for (line, source) in [
        (format!(" {ALICE_SECRET}"), IdentityError::Unknown),
        (" ".to_owned(), IdentityError::Unknown),
        (format!("{ALICE_SECRET} "), IdentityError::Damaged),
        (ALICE_SECRET.replace("K2VG", "K2VV"), IdentityError::Damaged),
        (ALICE_AGE.to_owned(), IdentityError::Public),
        ("AGE-PLUGIN-YUBIKEY-1QQ".to_owned(), IdentityError::Plugin),
        (
            "AGE-SECRET-KEY-PQ-1QQ".to_owned(),
            IdentityError::PostQuantum,
        ),
    ] {
        let found = error(format!("# alice\n{BOB_SECRET}\n{line}\n").as_bytes());
        assert_eq!(found, IdentityFileError::Line { line: 3, source });
        assert_eq!(
            found.to_string(),
            "line 3 of the identity file cannot be used"
        );
        assert!(!format!("{found:?}{source}").contains(&ALICE_SECRET[secret_start.len()..]));
    }
}

#[test]
fn a_file_without_identities_is_refused() {
    for content in ["", "\n\n", "# public key: age1…\n"] {
        assert_eq!(error(content.as_bytes()), IdentityFileError::Empty);
    }
    assert_eq!(error(b"\xff\xfe"), IdentityFileError::NotText);
    let large = "#\n".repeat(FILE_BYTES);
    assert_eq!(error(large.as_bytes()), IdentityFileError::Large);
    assert_eq!(
        IdentityFile::parse_variable(&large).err(),
        Some(IdentityFileError::Large)
    );
}

#[test]
fn a_variable_may_separate_identities_by_blanks() {
    for content in [
        format!("{ALICE_SECRET} {BOB_SECRET}"),
        format!("  {ALICE_SECRET}\n\t{BOB_SECRET}\n"),
        format!("# alice and bob\n{ALICE_SECRET}\n  # bob\n{BOB_SECRET}"),
    ] {
        let IdentityFile::Open(identities) = IdentityFile::parse_variable(&content).unwrap() else {
            panic!("not locked");
        };
        assert_eq!(lines(&identities), [ALICE_AGE, BOB_AGE]);
    }
    let wrong = IdentityFile::parse_variable(&format!("\n{ALICE_SECRET} hello")).err();
    let source = IdentityError::Unknown;
    assert_eq!(wrong, Some(IdentityFileError::Line { line: 2, source }));
    assert_eq!(
        IdentityFile::parse_variable(" ").err(),
        Some(IdentityFileError::Empty)
    );
    let padded = format!("\n {DAVE_PEM}\n");
    let Ok(IdentityFile::Open(identities)) = IdentityFile::parse_variable(&padded) else {
        panic!("not locked");
    };
    assert_eq!(lines(&identities), [DAVE_LINE]);
}

#[test]
fn a_locked_list_opens_with_its_passphrase_only() {
    let text = secret(&format!("# alice\n{ALICE_SECRET}\n"));
    let armored = lock_with(4, &text, &secret("open sesame")).unwrap();
    let raw = dearmor(&armored, Form::Canonical).unwrap();
    let commented = format!("{PUBLIC_TEST_MARK}\n\n{armored}\n# end\n");
    for content in [
        armored.as_bytes(),
        armored.replace('\n', "\r\n").as_bytes(),
        raw.as_slice(),
        commented.as_bytes(),
    ] {
        let locked = locked(content);
        assert_eq!(locked.recipient(), None);
        assert_eq!(
            unlocked(&locked, "open sesame!"),
            Err(IdentityFileError::WrongPassphrase)
        );
        assert_eq!(
            unlocked(&locked, ""),
            Err(IdentityFileError::WrongPassphrase)
        );
        assert_eq!(unlocked(&locked, "open sesame").unwrap(), [ALICE_AGE]);
    }
    let Ok(IdentityFile::Locked(_)) = IdentityFile::parse_variable(&format!(" {armored}")) else {
        panic!("locked");
    };
}

#[test]
fn a_locked_list_of_another_program_opens() {
    let recipient = "age1ysxuaeqlk7xd8uqsh8lsnfwt9jzzjlqf49ruhpjrrj5yatlcuf7qke4pqe";
    assert_eq!(
        unlocked(&locked(OF_RAGE.as_bytes()), "foobar").unwrap(),
        [recipient]
    );
}

#[test]
fn what_comes_to_light_is_read_as_a_list_and_nothing_else() {
    let inside = |text: &str| {
        let armored = lock_with(2, &secret(text), &secret("p")).unwrap();
        unlocked(&locked(armored.as_bytes()), "p").unwrap_err()
    };
    assert_eq!(inside("# nothing\n"), IdentityFileError::Empty);
    let source = IdentityError::Unknown;
    assert_eq!(inside(OF_RAGE), IdentityFileError::Line { line: 1, source });
}

///
#[test]
fn r46_a_work_factor_above_20_is_refused_before_any_work() {
    let armored = lock_with(4, &secret(ALICE_SECRET), &secret("p")).unwrap();
    let file = dearmor(&armored, Form::Canonical).unwrap();
    let at = file.windows(3).position(|part| part == b" 4\n").unwrap();
    for (text, factor) in [
        ("21", 21),
        ("22", 22),
        ("63", 63),
        ("255", 255),
        ("99999", 255),
    ] {
        let mut costly = file.clone();
        costly.splice(at + 1..at + 2, text.bytes());
        let found = error(&costly);
        assert_eq!(found, IdentityFileError::WorkFactor { factor, limit: 20 });
        assert!(found.to_string().contains(&factor.to_string()));
    }
    for text in ["", "x", "+4", "-1"] {
        let mut odd = file.clone();
        odd.splice(at + 1..at + 2, text.bytes());
        assert_eq!(error(&odd), IdentityFileError::Damaged);
    }
}

#[test]
fn new_locked_files_take_the_work_factor_of_age() {
    const { assert!(WORK_FACTOR == 18 && WORK_FACTOR <= MAX_WORK_FACTOR) }
}

#[test]
fn a_file_encrypted_for_a_recipient_is_no_identity_file() {
    let key = crate::secret::DataKey::generate();
    let entry = super::super::wrap(&key, &ALICE_AGE.parse().unwrap());
    assert_eq!(error(entry.as_bytes()), IdentityFileError::NotPassphrase);
    let cut = &OF_RAGE[..200];
    assert_eq!(error(cut.as_bytes()), IdentityFileError::Damaged);
    assert_eq!(
        error(b"age-encryption.org/v1\n"),
        IdentityFileError::Damaged
    );
}

#[test]
fn a_changed_locked_list_is_damaged() {
    let mut file = dearmor(OF_RAGE, Form::Canonical).unwrap();
    let last = file.len() - 1;
    file[last] ^= 1;
    assert_eq!(
        unlocked(&locked(&file), "foobar"),
        Err(IdentityFileError::Damaged)
    );
}

/// The key in lines of another length, as other programs write it.
fn rewrapped(columns: usize, end: &str) -> String {
    let (_, body) = DAVE_PEM.split_once('\n').expect("lines");
    let (body, _) = body.split_once("-----END").expect("an end");
    let base64: Vec<char> = body.chars().filter(|letter| *letter != '\n').collect();
    let lines: String = base64
        .chunks(columns)
        .map(|line| line.iter().collect::<String>() + end)
        .collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----{end}{lines}-----END OPENSSH PRIVATE KEY-----{end}")
}

#[test]
fn an_openssh_key_opens() {
    for content in [
        DAVE_PEM.to_owned(),
        DAVE_PEM.replace('\n', "\r\n"),
        DAVE_PEM.trim_end().to_owned(),
        format!("{PUBLIC_TEST_MARK}\n{DAVE_PEM}"),
        format!("{DAVE_PEM}{PUBLIC_TEST_MARK}\n"),
        rewrapped(64, "\n"),
        rewrapped(76, "\n"),
        rewrapped(76, "\r\n"),
        rewrapped(10_000, "\n"),
    ] {
        assert_eq!(open(&content).unwrap(), [DAVE_LINE]);
    }
}

#[test]
fn a_locked_openssh_key_tells_its_public_key_and_opens_with_its_passphrase_only() {
    let pems = [("aes256-ctr", ERIN_PEM)].into_iter().chain(LOCKED_PEMS);
    for (cipher, pem) in pems {
        let locked = locked(pem.as_bytes());
        let public = locked.recipient().unwrap().to_string();
        for wrong in ["open sesam", ""] {
            let error = unlocked(&locked, wrong);
            assert_eq!(error, Err(IdentityFileError::WrongPassphrase), "{cipher}");
        }
        assert_eq!(
            unlocked(&locked, ERIN_PASSPHRASE).unwrap(),
            [public],
            "{cipher}"
        );
    }
    assert_eq!(
        locked(ERIN_PEM.as_bytes()).recipient().unwrap().to_string(),
        ERIN_LINE
    );
}

#[test]
fn other_private_keys_are_refused_by_name() {
    for (content, wanted) in [
        (RSA_PEM, IdentityFileError::Rsa),
        (ECDSA_PEM, IdentityFileError::SshKind),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
            IdentityFileError::Rsa,
        ),
        (
            "-----BEGIN EC PRIVATE KEY-----\nAAAA\n",
            IdentityFileError::Pem,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n",
            IdentityFileError::Pem,
        ),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n",
            IdentityFileError::Pem,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            IdentityFileError::SshDamaged,
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
            IdentityFileError::SshDamaged,
        ),
        (&DAVE_PEM[..200], IdentityFileError::SshDamaged),
        (
            &DAVE_PEM.replace("QyNTUx", "QyNTUy"),
            IdentityFileError::SshDamaged,
        ),
    ] {
        assert_eq!(error(content.as_bytes()), wanted, "{content}");
    }
}

#[test]
fn an_openssh_key_with_too_many_rounds_is_refused_before_any_work() {
    let base64: String = ERIN_PEM
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let mut blob = STANDARD.decode(base64).unwrap();
    // `bcrypt`, then a string of salt (a string of 16 bytes) and rounds.
    let at = blob.windows(6).position(|part| part == b"bcrypt").unwrap() + 6 + 4 + 4 + 16;
    assert_eq!(blob[at..at + 4], [0, 0, 0, 1]);
    blob[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    let text = STANDARD.encode(&blob);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(70)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
        lines.join("\n")
    );
    let wanted = IdentityFileError::Rounds {
        rounds: u32::MAX,
        limit: 4096,
    };
    assert_eq!(error(pem.as_bytes()), wanted);
}

///
#[test]
fn r49_a_published_identity_says_so_in_a_line_of_its_own() {
    for content in [
        format!("{PUBLIC_TEST_MARK}\n{ALICE_SECRET}\n"),
        format!("{ALICE_SECRET}\r\n{PUBLIC_TEST_MARK}\r\n"),
        format!("# created: today\n{PUBLIC_TEST_MARK}"),
    ] {
        assert!(is_public_test(content.as_bytes()));
    }
    for content in [
        format!("{ALICE_SECRET}\n"),
        format!(" {PUBLIC_TEST_MARK}\n"),
        format!("{PUBLIC_TEST_MARK} not\n"),
        format!("# {PUBLIC_TEST_MARK}\n"),
    ] {
        assert!(!is_public_test(content.as_bytes()));
    }
}

proptest::proptest! {
    #[test]
    fn no_content_makes_it_panic(content: Vec<u8>, text in "(?s)(# .{0,9}\n)?(-----BEGIN (OPENSSH PRIVATE KEY|AGE ENCRYPTED FILE)-----\n)?.{0,80}") {
        let _ = IdentityFile::parse(&content);
        let _ = IdentityFile::parse(text.as_bytes());
        let _ = IdentityFile::parse_variable(&text);
        let _ = is_public_test(&content);
    }
}
