use super::*;
use crate::{
    keys::samples::ALICE_SECRET,
    secret::secret,
    value::{Kind, Scalar},
};

fn catches(values: &[&str], text: &str) -> Vec<(Catch, usize, usize)> {
    let values: Vec<Scalar> = values.iter().map(|value| Scalar::str(value)).collect();
    let found = Search::of(&values).unwrap().all(text.as_bytes());
    found
        .into_iter()
        .map(|(catch, place)| (catch, place.line, place.column))
        .collect()
}

fn finds(value: &str, text: &str) -> bool {
    !catches(&[value], text).is_empty()
}

#[test]
fn a_value_is_found_with_its_line_and_column_in_characters() {
    let text = "a\né = 's3cret-of-prod'\ns3cret-of-prod";
    assert_eq!(
        catches(&["s3cret-of-prod"], text),
        [(Catch::Value(0), 2, 6)]
    );
    assert_eq!(
        catches(&["other-t0ken", "s3cret-of-prod"], "s3cret-of-prod"),
        [(Catch::Value(1), 1, 1)]
    );
    assert_eq!(catches(&["s3cret-of-prod"], "s3cret-of-dev"), []);
    assert_eq!(catches(&[], "anything"), []);
}

#[test]
fn a_value_is_found_in_every_spelling_that_the_masks_know() {
    let value = "p/s \"w\" 5ü";
    for form in [
        r#"p/s \"w\" 5ü"#,
        r#"p\/s \"w\" 5\u00fc"#,
        "p%2Fs%20%22w%22%205%C3%BC",
        "p%2fs+%22w%22+5%c3%bc",
        "702f73202277222035c3bc",
        "702F73202277222035C3BC",
        "cC9zICJ3IiA1w7w=",
        // With "x:" before it.
        "eDpwL3MgInciIDXDvA==",
    ] {
        assert!(finds(value, &format!("x = {form};")), "{form}");
    }
}

#[test]
fn one_value_inside_of_another_and_several_with_one_window_are_all_found() {
    let values = [
        "https://a1/x?token=1",
        "https://a1/x?token=12",
        "a1/x?token=1",
    ];
    let found = catches(&values, "https://a1/x?token=12");
    let places: Vec<_> = found.iter().map(|(_, _, column)| *column).collect();
    assert_eq!(places, [1, 1, 9]);
}

#[test]
fn what_stands_everywhere_is_not_telling() {
    for text in [
        "",
        "true",
        "5432",
        "hunter2",
        "localhost",
        "production",
        "Europe/Berlin",
        "eu-central-1",
        "127.0.0.1:5432",
        "0.0.0.0:8080",
        "2026-11-21",
        "en_US.UTF-8",
        "123456789012345",
        "http://localhost:8000/callback",
        "postgres://postgres:postgres@localhost:5432/app",
        "   debug   ",
    ] {
        assert!(!is_telling(text), "{text}");
        assert!(!finds(text, text), "{text}");
    }
    for text in [
        "hunter2!",
        "s3cret-of-dev",
        "correct-horse-battery",
        "1234567890123456",
        "postgres://app:S3cret@localhost/app",
        "https://api.example.com/v1",
    ] {
        assert!(is_telling(text), "{text}");
    }
}

#[test]
fn of_types_that_are_no_text_only_long_integers_are_looked_for() {
    let one = |kind, text: &str| {
        let value = Scalar::new(kind, secret(text));
        !Search::of([&value])
            .unwrap()
            .all(text.as_bytes())
            .is_empty()
    };
    assert!(one(Kind::Int, "1234567890123456"));
    assert!(!one(Kind::Int, "123456789"));
    assert!(!one(Kind::Time, "2026-11-21T08:00:00Z"));
    assert!(!one(Kind::Float, "1234567890123456.5"));
}

const PEM: &str = "-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
-----END PRIVATE KEY-----
";

#[test]
fn a_value_of_several_lines_is_found_by_a_line_that_only_it_has() {
    let indented = PEM.replace('\n', "\n        ");
    assert!(finds(PEM, &indented));
    assert!(finds(PEM, PEM.lines().nth(2).unwrap()));
    for line in [0, 1, 3] {
        assert!(!finds(PEM, PEM.lines().nth(line).unwrap()), "{line}");
    }
    assert!(!finds(
        "{\n  \"type\": \"service\",\n}",
        "  \"type\": \"service\","
    ));
}

#[test]
fn what_comes_in_pieces_is_found_as_in_one() {
    let text = format!(
        "é\n{}x s3cret-of-prod\nAGE {ALICE_SECRET}\n",
        "y".repeat(700)
    );
    let value = Scalar::str("s3cret-of-prod");
    let search = Search::of([&value]).unwrap();
    let whole = search.all(text.as_bytes());
    assert_eq!(whole.len(), 2);
    for size in [1, 2, 7, 64, 300, 5000] {
        let mut progress = search.begin();
        text.as_bytes()
            .chunks(size)
            .for_each(|piece| progress.push(piece));
        assert_eq!(progress.finish(), whole, "{size}");
    }
}

#[test]
fn private_keys_are_found_and_texts_about_them_are_not() {
    let age = [(Catch::Key(PrivateKey::Age), 1, 5)];
    assert_eq!(catches(&[], &format!("key={ALICE_SECRET}")), age);
    assert_eq!(
        catches(&[], &format!("key={}", ALICE_SECRET.to_lowercase())),
        age
    );
    let later = format!("key={}", ALICE_SECRET.replace("KEY-1", "KEY-PQ-1"));
    assert_eq!(catches(&[], &later), age);
    let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU";
    assert_eq!(catches(&[], ssh), [(Catch::Key(PrivateKey::OpenSsh), 2, 1)]);
    assert!(!catches(&[], &ssh.replace('\n', "\\n")).is_empty());
    assert!(!catches(&[], &ssh.replace('\n', "\r\n    ")).is_empty());
    for text in [
        "AGE-SECRET-KEY-1…",
        "AGE-SECRET-KEY-1QQQ",
        "AGE-SECRET-KEY-",
        &ALICE_SECRET[..60],
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl…",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
    ] {
        assert_eq!(catches(&[], text), [], "{text}");
    }
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let mut bytes = vec![0, 159, 146, 150, b'\n', 0xff];
    bytes.extend_from_slice(b"s3cret-of-prod\0");
    let value = Scalar::str("s3cret-of-prod");
    let found = Search::of([&value]).unwrap().all(&bytes);
    assert_eq!(found[&Catch::Value(0)].line, 2);
}

/// As `base64 -w` writes it, each line behind these blanks.
fn wrapped(text: &str, columns: usize, end: &str, blanks: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let digits = STANDARD.encode(text);
    let lines = digits.as_bytes().chunks(columns);
    let lines = lines.map(|line| format!("{blanks}{}{end}", str::from_utf8(line).unwrap()));
    lines.collect()
}

#[test]
fn a_value_is_found_where_a_line_of_base64_ends_inside_of_it() {
    let value = Scalar::str("s3cret-of-prod-7f3a");
    let search = Search::of([&value]).unwrap();
    for (columns, end, blanks) in [
        (76, "\n", ""),
        (64, "\r\n", ""),
        (64, "\n", "    "),
        (16, "\r\n", "\t"),
    ] {
        // Every place of the value in its line, and every one of the three forms.
        for before in 30..130 {
            let env = format!(
                "{}s3cret-of-prod-7f3a\nLEVEL=debug-and-more\n",
                "x".repeat(before)
            );
            let text = format!("data: |{end}{}", wrapped(&env, columns, end, blanks));
            let found = search.all(text.as_bytes());
            let place = found.get(&Catch::Value(0)).copied();
            // The first digit that the value alone decides.
            let digit = (before * 8).div_ceil(6);
            let expected = Place {
                line: 2 + digit / columns,
                column: 1 + blanks.len() + digit % columns,
            };
            assert_eq!(place, Some(expected), "{columns} {before}");
            let mut progress = search.begin();
            let pieces = text.as_bytes().chunks(50);
            pieces.for_each(|piece| progress.push(piece));
            assert_eq!(progress.finish(), found, "{columns} {before}");
        }
    }
}

#[test]
fn zeros_before_a_value_are_characters_but_in_utf_16() {
    let value = Scalar::str("s3cret-of-prod-7f3a");
    let search = Search::of([&value]).unwrap();
    let place = |bytes: &[u8]| {
        let found = search.all(bytes);
        let mut progress = search.begin();
        bytes.chunks(3).for_each(|piece| progress.push(piece));
        assert_eq!(progress.finish(), found);
        found.get(&Catch::Value(0)).map(|at| (at.line, at.column))
    };
    assert_eq!(place(b"\0\0\0s3cret-of-prod-7f3a"), Some((1, 4)));
    assert_eq!(
        place(b"one\0\n\0two \0 s3cret-of-prod-7f3a\0"),
        Some((2, 8))
    );
    let wide: Vec<u8> = "one\nab s3cret-of-prod-7f3a"
        .bytes()
        .flat_map(|byte| [byte, 0])
        .collect();
    assert_eq!(place(&wide), Some((2, 4)));
}

#[test]
fn wrapped_text_in_quotes_or_behind_a_key_is_found_and_paragraphs_are_not_put_together() {
    assert!(finds("s3cret-of-prod", "key: czNjcmV0LW9\n  mLXByb2Q=\n"));
    assert!(finds("s3cret-of-prod", "\"czNjcmV0LW9\n  mLXByb2Q=\"\n"));
    assert!(!finds("s3cret-of-prod", "czNjcmV0LW9\n\nmLXByb2Q=\n"));
    assert!(!finds("s3cret-of-prod", "czNjcmV0LW9\n# mLXByb2Q=\n"));
}

#[test]
fn words_that_a_program_puts_together_from_several_lines_are_found() {
    for text in [
        "TOKEN=\"s3cret-\\\nof-prod\"",
        "token = \"s3cret-\" +\n    \"of-prod\"",
        "token = (\"s3cret-\"\n    \"of-prod\")",
        "$token = 's3cret-' .\r\n  'of-prod';",
        "token = \"s3cret-\"\n    + \"of-prod\"",
    ] {
        assert!(finds("s3cret-of-prod", text), "{text}");
    }
    for text in ["\"s3cret-\",\n\"of-prod\"", "s3cret-\n\nof-prod"] {
        assert!(!finds("s3cret-of-prod", text), "{text}");
    }
}

#[test]
fn a_value_of_several_lines_is_found_whatever_ends_the_lines() {
    assert!(finds("user: a\npass: b9!", "x\r\nuser: a\r\npass: b9!\r\n"));
    assert!(finds("user: a\r\npass: b9!", "x\nuser: a\npass: b9!\n"));
}

#[test]
fn a_value_in_utf_16_is_found_in_either_order_and_in_the_middle_of_other_bytes() {
    let value = Scalar::str("s3cret-of-prod");
    let search = Search::of([&value]).unwrap();
    let text = "\u{feff}é\nkey=s3cret-of-prod";
    let little = text.encode_utf16().flat_map(u16::to_le_bytes);
    let big = text.encode_utf16().flat_map(u16::to_be_bytes);
    let mut inside = vec![7, 0, 0, 159];
    inside.extend(little.clone());
    for bytes in [little.collect::<Vec<_>>(), big.collect(), inside] {
        let found = search.all(&bytes);
        let place = Place { line: 2, column: 5 };
        assert_eq!(found.get(&Catch::Value(0)), Some(&place));
        for size in [1, 7, 64] {
            let mut progress = search.begin();
            bytes.chunks(size).for_each(|piece| progress.push(piece));
            assert_eq!(progress.finish(), found, "{size}");
        }
    }
}
