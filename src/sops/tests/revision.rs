//! A text as a person has edited it.

use super::{super::held::Held, *};
use crate::value::Kind;

fn revise(open: &mut OpenFile, text: &str) -> Result<bool, Vec<String>> {
    let plain = Document::parse(text).unwrap();
    let errors = |errors: Vec<SopsError>| errors.iter().map(ToString::to_string).collect();
    open.revise(&plain).map_err(errors)
}

/// Makes the edit, seals, opens anew, and gives the lines of the data before and after.
fn revised(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let mut open = again(&sealed(before));
    let old = data(&open);
    assert_eq!(revise(&mut open, after), Ok(true), "{after}");
    seal(&mut open);
    let open = again(&open);
    let expected = Document::parse(after).unwrap();
    let expected = expected.root().map(|root| root.to_node().unwrap());
    let tree = Node::Map(open.tree().clone());
    assert_eq!(tree, expected.unwrap_or(Node::Map(Map::new())));
    (old, data(&open))
}

fn seal(open: &mut OpenFile) {
    let heading = Heading {
        lastmodified: "2026-11-24T12:00:01Z",
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical).unwrap();
}

fn data(open: &OpenFile) -> Vec<String> {
    let text = open.file().document().text();
    let data = &text[..text.find("sops:\n").unwrap()];
    data.lines().map(str::to_owned).collect()
}

/// A file that another program made, with a rule of its own that leaves some lines in clear.
fn foreign(rule: &str, plain: &str, is_clear: fn(&str) -> bool) -> OpenFile {
    let made = sealed(plain);
    let text = made.file().document().text();
    let text = text.replace("unencrypted_regex: ^$", rule);
    let own = plain.lines().map(Some).chain(std::iter::repeat(None));
    let lines = text.lines().zip(own);
    let text: String = lines
        .map(|(line, own)| format!("{}\n", own.filter(|own| is_clear(own)).unwrap_or(line)))
        .collect();
    let key = DataKey::from_bytes(made.key().expose()).unwrap();
    let cipher = crate::cipher::Cipher::new(&key);
    let file = File::new(Document::parse(&text).unwrap(), Form::Lenient);
    let mut open = OpenFile {
        file: file.unwrap_or_else(|error| panic!("{error}\n{text}")),
        tree: made.tree().clone(),
        key,
        cipher,
        is_rekeyed: false,
    };
    seal_lenient(&mut open);
    open
}

fn seal_lenient(open: &mut OpenFile) {
    let heading = Heading {
        lastmodified: NOW,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Lenient).unwrap();
}

#[test]
fn only_what_was_edited_gets_another_ciphertext() {
    let (before, after) = revised(
        "# top\na: one # side\nm:\n    b: two\n    c: three\nl:\n    - x\n    - y\n",
        "# top\na: one # side\nm:\n    b: other\n    c: three\nl:\n    - y\n    - x\n    - x\nnew: n\n",
    );
    assert_eq!(after[..3], before[..3]);
    assert_ne!(after[3], before[3]);
    assert_eq!(after[4..6], before[4..6]);
    assert_eq!([&after[6], &after[7]], [&before[7], &before[6]]);
    assert_ne!(after[8], before[6]);
    assert!(after[9].starts_with("new: ENC["));
}

#[test]
fn equal_items_never_share_a_ciphertext() {
    let (_, after) = revised("l: [x]\n", "l: [x, x, x]\n");
    let mut texts: Vec<&str> = after[0]
        .split('"')
        .filter(|part| part.starts_with("ENC"))
        .collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 3);
}

#[test]
fn a_renamed_or_moved_key_and_another_type_are_encrypted_afresh() {
    let (before, after) = revised(
        "a: x\nb: 5\nm:\n    c: y\n",
        "z: x\nb: \"5\"\nm: {}\nc: y\n",
    );
    let cipher = |line: &str| line.split("ENC[").nth(1).map(str::to_owned);
    for line in &after {
        assert!(cipher(line).is_none() || before.iter().all(|old| cipher(old) != cipher(line)));
    }
}

#[test]
fn order_layout_and_comments_alone_are_a_change_that_keeps_every_ciphertext() {
    let (before, after) = revised("# one\na: x\nb: y\n", "b: y\n\n\n# one\na: x\n");
    assert_eq!(after, [&before[2], "", "", &before[0], &before[1]]);
    let (before, after) = revised("a: x\n# gone\n", "a: x\n");
    assert_eq!(after, before[..1]);
    let (before, after) = revised("a: x\n", "a: x # note\n");
    assert!(
        after[0].starts_with(&format!("{} #ENC[", before[0])),
        "{after:?}"
    );
}

#[test]
fn the_same_text_is_no_change_and_neither_are_other_quotes() {
    let mut open = again(&sealed(PLAIN));
    let before = open.file().document().text().to_owned();
    let same = open.to_plain().unwrap();
    let other = same
        .expose_secret()
        .replace("5432", " 5432")
        .replace("\"it's\"", "it's");
    let crlf = same.expose_secret().replace('\n', "\r\n");
    let pem = same.expose_secret().replace(
        "|\n    -----BEGIN-----\n    abc\n\n    -----END-----\n",
        "\"-----BEGIN-----\\nabc\\n\\n-----END-----\\n\"\n",
    );
    for text in [same.expose_secret(), PLAIN, &crlf, &pem] {
        assert_eq!(revise(&mut open, text), Ok(false), "{text}");
        assert_eq!(open.file().document().text(), before);
    }
    // Another blank is another layout.
    assert_eq!(revise(&mut open, &other), Ok(true));
}

#[test]
fn line_ends_and_the_byte_order_mark_stay_those_of_the_file() {
    let mut open = sealed("\u{feff}a: x\r\nb: y\r\n");
    assert_eq!(revise(&mut open, "a: x\nb: y\n"), Ok(false));
    assert_eq!(
        revise(&mut open, "a: x\n# c\nb: z\nt: |\n  1\n  2\n"),
        Ok(true)
    );
    seal(&mut open);
    let text = open.file().document().to_text();
    assert!(text.starts_with("\u{feff}a: ENC["));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(again(&open).tree(), open.tree());
}

#[test]
fn a_text_without_keys_leaves_the_metadata_and_the_comments() {
    for text in ["", "\n\n", "---\n", "---\n...\n"] {
        let mut open = again(&sealed("a: x\n"));
        assert_eq!(revise(&mut open, text), Ok(true), "{text:?}");
        seal(&mut open);
        let open = again(&open);
        assert!(open.tree().is_empty());
        assert_eq!(open.to_plain().unwrap().expose_secret(), text);
    }
    let mut open = again(&sealed("a: x\n"));
    assert_eq!(revise(&mut open, "# still here\n\n"), Ok(true));
    seal(&mut open);
    let open = again(&open);
    assert_eq!(open.to_plain().unwrap().expose_secret(), "# still here\n\n");
    assert!(!open.file().document().text().contains("still"));
    // And from there on.
    let mut open = open;
    assert_eq!(revise(&mut open, "# still here\n\na: v\n"), Ok(true));
    seal(&mut open);
    assert_eq!(
        again(&open).to_plain().unwrap().expose_secret(),
        "# still here\n\na: v\n"
    );
}

#[test]
fn metadata_stands_before_the_end_of_the_document() {
    for after in [
        "a: x\n# c\n...\n",
        "a: x\n... # c\n",
        "---\na: x\n...\n# c\n",
    ] {
        let mut open = again(&sealed("a: x\n"));
        assert_eq!(revise(&mut open, after), Ok(true));
        seal(&mut open);
        assert_eq!(again(&open).to_plain().unwrap().expose_secret(), after);
    }
}

#[test]
fn metadata_moves_to_the_column_of_the_keys() {
    for (before, after) in [
        ("a: x\n", "   a: x\n   b:\n      - v\n"),
        ("   a: x\n", "a: x\nb: v\n"),
    ] {
        let mut open = again(&sealed(before));
        assert_eq!(revise(&mut open, after), Ok(true));
        seal(&mut open);
        assert_eq!(again(&open).to_plain().unwrap().expose_secret(), after);
    }
}

#[test]
fn all_problems_are_told_at_once_with_their_places_and_nothing_changes() {
    let mut open = again(&sealed("a: x\n"));
    let before = open.file().document().text().to_owned();
    let text = "a: 0123\n\"b=c\": 1\nm:\n  - 1_000\n  - \"a\\0b\"\n  - ENC[AES256_GCM,hunter2]\n  ../up: 5\n".replace("  ../up: 5\n", "\"../up\": 5\n");
    let errors = revise(&mut open, &text).unwrap_err();
    assert_eq!(
        errors,
        [
            "1:4: a: int in a spelling that would not be kept: put it in quotes",
            "2:1: \"b=c\": the key cannot be used: it holds a `=`",
            "4:5: m[0]: int in a spelling that would not be kept: put it in quotes",
            "5:5: m[1]: a value with a NUL character",
            "6:5: m[2]: a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept",
            "7:1: \"../up\": the key cannot be used: it could be taken for a way to another directory",
        ]
    );
    assert_eq!(open.file().document().text(), before);
    assert_eq!(open.tree(), again(&sealed("a: x\n")).tree());
}

#[test]
fn every_refusal_has_its_place_in_the_text() {
    let large = format!("a: 1\nb: {}\n", "x".repeat((1 << 20) + 1));
    let cases: &[(&str, &str)] = &[
        (
            "a: x\nsops: {}\n",
            "2:1: sops: the key `sops` is reserved at the top level",
        ),
        ("# c\n{a: x}\n", "2:1: keys in brackets"),
        ("{}\n", "1:1: keys in brackets"),
        ("--- {a: 1}\n", "1:5: keys in brackets"),
        ("...\n  a: 1\n", "1:1: keys in brackets"),
        (
            "a: |\n  1\nb: 1\n\t# c\n",
            "4:1: a layout that sops does not read",
        ),
        (&large, "2:4: b: a value larger than 1 MiB"),
        (
            "a: 9223372036854775808\n",
            "1:4: a: a whole number beyond 64 bits with a sign",
        ),
        (
            "\"\": x\n",
            "1:1: \"\": the key cannot be used: it is empty",
        ),
        (
            "\"a\\tb\": x\n",
            "1:1: \"a\\u{9}b\": the key cannot be used: it holds a control character",
        ),
        (
            "? |\n  a\n: x\n",
            "1:3: \"a\\u{a}\": the key cannot be used: it holds a control character",
        ),
        ("? |-\n  a\n: x\n", "1:3: a: a key written as a block"),
        (
            "\"a:b\": 1\na:\n  b: 2\n",
            "3:6: a.b: the key cannot be told from another one",
        ),
        (
            "a: 1\n# ENC[AES256_GCM,\n#ENC[AES256_GCM,hunter2]\n",
            "3:1: a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept",
        ),
        (
            "a: |\n  1\n  2\n  3\nb: {what?: 1}\n",
            "5:5: a layout that sops does not read",
        ),
        (
            "a: 2001-1-1\n",
            "1:4: a: time in a spelling that would not be kept: put it in quotes",
        ),
        ("a: .5\n", "1:4: a: float in a spelling"),
    ];
    for (text, wanted) in cases {
        let mut open = again(&sealed("a: x\n"));
        let before = open.file().document().text().to_owned();
        let errors = revise(&mut open, text).unwrap_err();
        assert!(
            errors.len() == 1 && errors[0].starts_with(wanted),
            "{text}{errors:?}"
        );
        assert!(!errors[0].contains("hunter2"));
        assert_eq!(open.file().document().text(), before);
    }
}

#[test]
fn very_many_problems_are_told_in_part() {
    let text: String = (0..3_000).map(|at| format!("k{at}: 0{at}7\n")).collect();
    let errors = revise(&mut again(&sealed("a: x\n")), &text).unwrap_err();
    assert_eq!(errors.len(), 100);
}

#[test]
fn a_rule_of_others_leaves_no_more_in_clear_than_there_was() {
    let plain = "a_unencrypted: x\nb: y\nl_unencrypted:\n    - 1\n    - 1\n";
    let open = || {
        foreign("unencrypted_suffix: _unencrypted", plain, |line| {
            !line.starts_with("b")
        })
    };
    let reason =
        "the rule of this file would leave the value in clear: `unencrypted_suffix: _unencrypted`";
    for (text, wanted) in [
        (
            "a_unencrypted: z\nb: y\n",
            format!("1:16: a_unencrypted: {reason}"),
        ),
        (
            "a_unencrypted: x\nc_unencrypted: x\n",
            format!("2:16: c_unencrypted: {reason}"),
        ),
        ("c_unencrypted:\n", format!("1:15: c_unencrypted: {reason}")),
        (
            "l_unencrypted: [1, 1, 1]\n",
            format!("1:23: l_unencrypted[2]: {reason}"),
        ),
    ] {
        assert_eq!(revise(&mut open(), text), Err(vec![wanted]), "{text}");
    }
    let mut open = open();
    let text = "l_unencrypted: [1]\nb: z\na_unencrypted: x\n";
    assert_eq!(revise(&mut open, text), Ok(true));
    seal_lenient(&mut open);
    let data = data(&open);
    assert_eq!(
        (data[0].as_str(), data[2].as_str()),
        ("l_unencrypted: [1]", "a_unencrypted: x")
    );
    assert!(data[1].starts_with("b: ENC["));
}

#[test]
fn a_rule_of_others_leaves_no_new_comment_in_clear() {
    let plain = "# known\na: x\ns_enc: v\n";
    let mut open = foreign("encrypted_suffix: _enc", plain, |line| {
        !line.starts_with("s")
    });
    assert_eq!(open.to_plain().unwrap().expose_secret(), plain);
    let text = "a: x\n# new\ns_enc: z\n";
    let wanted =
        "2:1: the rule of this file would leave the comment in clear: `encrypted_suffix: _enc`";
    assert_eq!(revise(&mut open, text), Err(vec![wanted.to_owned()]));
    assert_eq!(revise(&mut open, "s_enc: z\n# known\na: x\n"), Ok(true));
    seal_lenient(&mut open);
    assert_eq!(
        open.to_plain().unwrap().expose_secret(),
        "s_enc: z\n# known\na: x\n"
    );
}

#[test]
fn what_a_file_holds_is_found_by_place_type_and_text_and_once() {
    let mut held = Held::of(&sealed("a: x\nl: [x, x]\nm:\n  a: 5\n# note\n")).unwrap();
    assert!(held.take("l:", Some(Kind::Str), "x").is_some());
    assert!(held.take("l:", Some(Kind::Str), "x").is_some());
    assert!(held.take("l:", Some(Kind::Str), "x").is_none());
    assert!(held.take("m:a:", Some(Kind::Str), "5").is_none());
    assert!(held.take("m:a:", Some(Kind::Int), "5").is_some());
    assert!(held.take("a:", None, "x").is_none());
    assert!(held.take("a:", Some(Kind::Str), "x").is_some());
    assert!(held.take(":", None, " note").is_some());
}

#[test]
fn quotes_around_an_unchanged_ciphertext_stay() {
    let mut open = again(&sealed("A: one\nB: two\nC: three\n"));
    let text = open.file().document().text().to_owned();
    let line = |key: &str| {
        let start = format!("{key}: ");
        text.lines().find(|line| line.starts_with(&start)).unwrap()
    };
    let (a, b) = (line("A"), line("B"));
    let quoted = text
        .replace(a, &format!("A: \"{}\"", &a[3..]))
        .replace(b, &format!("B: '{}'", &b[3..]));
    open.replace_text(&quoted).unwrap();
    let before = data(&open);
    assert_eq!(revise(&mut open, "A: one\nB: two\nC: four\n"), Ok(true));
    seal(&mut open);
    let after = data(&open);
    assert_eq!(after[..2], before[..2]);
    assert_ne!(after[2], before[2]);
}
