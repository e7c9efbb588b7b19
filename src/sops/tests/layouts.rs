//! One test for each layout that once went wrong somewhere: sealed, opened again, and written as a person would.

use super::*;
use crate::yaml::Problem;

/// What a plain text becomes after a round; the tree stays.
fn round(plain: &str) -> String {
    let open = again(&sealed(plain));
    let tree = |text: &str| Document::parse(text).unwrap().root().unwrap().to_node();
    assert_eq!(Ok(Node::Map(open.tree().clone())), tree(plain), "{plain:?}");
    open.to_plain().unwrap().expose_secret().to_owned()
}

fn refused(plain: &str) -> String {
    let document = Document::parse(plain).unwrap();
    let key = DataKey::generate();
    let entries = [entry(&key)];
    match OpenFile::from_plain(&document, key, &entries, NOW) {
        Ok(_) => "sealed".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_empty_value_is_null_and_an_empty_text_is_none() {
    for plain in [
        "a:\nb: 1\n",
        "a: ~\n",
        "a: !!str\n",
        "a: \"\"\n",
        "l:\n-\n- x\n",
    ] {
        assert_eq!(round(plain), plain);
    }
    assert!(again(&sealed("a: !!str\n")).tree() != again(&sealed("a:\n")).tree());
}

#[test]
fn places_hold_behind_text_that_is_not_ascii() {
    assert_eq!(
        round("é: ü # ö\n日: {本: 1} # 😀\n"),
        "é: \"ü\" # ö\n日: {本: 1} # 😀\n"
    );
}

#[test]
fn a_block_comes_back_as_one_with_the_comment_of_its_header() {
    for plain in [
        "a: | # note\n    x\n    y\nb: 1\n",
        "a: |-\n    x\n\n    y\n\n# c\nb: 1\n",
        "m:\n  a: |\n      x\n        y\n  b: 1\n",
        "l:\n- |\n    x\n    y\n- z\n",
    ] {
        assert_eq!(round(plain), plain);
    }
    assert_eq!(
        round("a: >2-\n  x\n  y\n\n  z\n"),
        "a: |-\n    x y\n    z\n"
    );
}

#[test]
fn blank_lines_after_a_block_stay_unless_they_are_its_own() {
    assert_eq!(round("a: |\n  x\n\n\nb: 1\n"), "a: \"x\\n\"\n\n\nb: 1\n");
    assert_eq!(round("a: |+\n  x\n\nb: 1\n"), "a: \"x\\n\\n\"\nb: 1\n");
    assert_eq!(round("a: |+\n  x\n  y\n\n"), "a: \"x\\ny\\n\\n\"\n");
}

#[test]
fn a_block_that_ends_the_file_has_its_line_break() {
    assert_eq!(round("a: |\n  x\n  y"), "a: |\n    x\n    y\n");
    // One without lines would take the next ones for its own once something between is gone.
    assert_eq!(round("a: |"), "a: \"\"\n");
    assert_eq!(
        round("a: >- # c\nb: 1\n    # d\n"),
        "a: \"\" # c\nb: 1\n    # d\n"
    );
}

/// The same file, but for a ciphertext that stands as a block behind its key or dash.
fn with_block(plain: &str, lead: &str, header: &str) -> OpenFile {
    let open = sealed(plain);
    let text = open.file().document().text();
    let at = text.find(&format!("{lead} ENC[")).unwrap() + lead.len();
    let end = at + text[at..].find('\n').unwrap();
    let ciphertext = text[at..end].trim();
    let block = format!(" {header}\n        {ciphertext}");
    let text = format!("{}{block}{}", &text[..at], &text[end..]);
    let file = File::new(Document::parse(&text).unwrap(), Form::Lenient).unwrap();
    let key = DataKey::from_bytes(open.key().expose()).unwrap();
    OpenFile::open(file, key).unwrap()
}

#[test]
fn a_ciphertext_in_a_block_comes_back_as_any_other_and_can_be_edited() {
    for header in ["|", "|-", ">", ">-", ">- # note"] {
        for (plain, lead) in [
            ("a: one\nb: two\n", "a:"),
            ("a: one\nb: two\n", "b:"),
            ("a: one\n\nb: two\n", "a:"),
            ("m:\n    a: one\n    c: x\nb: two\n", "a:"),
            ("l:\n    - one\n    - three\nb: two\n", "-"),
            ("a: |-\n    x\n    y\nb: two\n", "a:"),
            ("a: 5\nb: two\n", "a:"),
            ("a: \"1\"\nb: two\n", "a:"),
            ("a: one # side\nb: two\n", "b:"),
        ] {
            let mut open = with_block(plain, lead, header);
            let expected = sealed(plain).to_plain().unwrap();
            let shown = open.to_plain().unwrap();
            let noted = |text: &str| match header.strip_prefix(">-") {
                Some(note) => text.replace(note, ""),
                None => text.to_owned(),
            };
            assert_eq!(
                noted(shown.expose_secret()),
                expected.expose_secret(),
                "{header} {plain}"
            );
            let edited = shown.expose_secret().replace("two", "2nd");
            let edited = Document::parse(&edited).unwrap();
            assert_eq!(open.revise(&edited), Ok(true), "{header} {plain}");
            assert_eq!(open.to_plain().unwrap().expose_secret(), edited.text());
        }
    }
}

#[test]
fn what_a_block_would_swallow_keeps_the_text_in_quotes() {
    for plain in [
        "k: \"a\\nb\"\n       # deeper\nz: 1\n",
        "k: \"a\\nb\"\n\n    # as deep\n",
        "k: \"a\\nb\"\n      \nz: 1\n",
    ] {
        assert_eq!(round(plain), plain);
    }
    assert_eq!(
        round("k: \"a\\nb\"\n  # less deep\nz: 1\n"),
        "k: |-\n    a\n    b\n  # less deep\nz: 1\n"
    );
}

#[test]
fn texts_that_a_block_would_not_keep_are_in_quotes() {
    for text in [
        " lead\\nx",
        "\\nx",
        "\\ttab\\nx",
        "trail \\nx",
        "x\\n\\n",
        "a\\rb\\nc",
        "\\u2028\\nx",
        "x\\n \\ny",
        "a\\tb\\nc",
    ] {
        let plain = format!("a: \"{text}\"\n");
        assert_eq!(round(&plain), plain, "{text}");
    }
}

#[test]
fn ciphertext_in_brackets_is_in_quotes() {
    let plain = "a: {b: 1, c: [x, \"y\\nz\", ], d: }\n";
    let open = sealed(plain);
    assert_eq!(
        open.file().document().text().matches("\"ENC[").count(),
        3,
        "{}",
        open.file().document().text()
    );
    assert_eq!(round(plain), plain);
}

#[test]
fn a_tag_goes_and_quotes_keep_the_type() {
    assert_eq!(
        round("a: !!str 5\nb: !!str x # c\n"),
        "a: \"5\"\nb: x # c\n"
    );
}

#[test]
fn line_breaks_that_only_some_readers_see_come_back_as_escapes() {
    assert_eq!(
        round("a: \"\\u2028\\N\\P\"\n"),
        "a: \"\\u2028\\x85\\u2029\"\n"
    );
}

#[test]
fn many_comments_in_one_place_are_read() {
    let plain = format!("a:\n{}    b: 1\n", "    # c\n".repeat(500));
    assert_eq!(round(&plain), plain);
}

#[test]
fn windows_line_ends_stay_in_every_line_that_is_written() {
    let plain = "# c\r\na: |\r\n    x\r\n    y\r\nl:\r\n- 1 # d\r\n";
    let open = sealed(plain);
    let text = open.file().document().text();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(round(plain), plain);
    assert_eq!(round("a: 1\r\nb: 2"), "a: 1\r\nb: 2\r\n");
}

#[test]
fn a_block_ends_its_lines_as_the_line_of_its_key_does() {
    let plain = "a: |\r\n    x\r\n    y\r\nb: |\n    x\n    y\nc: 1\r\n";
    assert_eq!(round(plain), plain);
}

#[test]
fn a_value_on_a_line_of_its_own_stays_there() {
    assert_eq!(
        round("a:\n  word\nb:\n  # c\n  5\n"),
        "a:\n  word\nb:\n  # c\n  5\n"
    );
    assert_eq!(
        round("a:\n  \"x\\ny\"\nb: 1\n"),
        "a:\n  |-\n      x\n      y\nb: 1\n"
    );
}

#[test]
fn tabs_between_a_key_and_its_value_stay() {
    assert_eq!(round("a:\t1\t# c\n"), "a:\t1\t# c\n");
}

#[test]
fn tabs_and_marks_at_which_sops_stops_are_refused() {
    const WHY: &str = "a layout that sops does not read, or reads otherwise: no tab may lead a line or follow a dash, no unquoted `?` stand in brackets, and no byte-order mark but at the start";
    for (plain, place) in [
        ("a: 1\n\t# c\nb: 2\n", "2:1"),
        ("a: 1\n\t\nb: 2\n", "2:1"),
        ("a:\n\t\n  b: 2\n", "2:1"),
        ("l:\n-\t1\n", "2:2"),
        ("l:\n- 1\n-\t# c\n- 2\n", "3:2"),
        ("a: {what?: 1}\n", "1:5"),
        ("a: {?x: 1}\n", "1:5"),
    ] {
        assert_eq!(refused(plain), format!("{place}: {WHY}"), "{plain:?}");
    }
    // Where the text is encrypted its characters do not matter.
    assert_eq!(refused("a: {b: c?d}\nl: [:x, \"\ty\"]\n"), "sealed");
}

#[test]
fn numbers_and_times_in_spellings_that_would_not_come_back_are_refused() {
    for (text, kind) in [
        ("0123", "int"),
        ("0x1F", "int"),
        ("1_000", "int"),
        ("+5", "int"),
        ("-0", "int"),
        ("08", "float"),
        ("1e3", "float"),
        (".5", "float"),
        ("1.50", "float"),
        ("18446744073709551616", "float"),
        ("2024-01-01", "time"),
        ("2001-12-14 21:59:43", "time"),
    ] {
        assert_eq!(
            refused(&format!("a: {text}\n")),
            format!("1:4: a: {kind} in a spelling that would not be kept: put it in quotes")
        );
    }
    assert_eq!(
        refused("a: 18446744073709551615\n"),
        "1:4: a: a whole number beyond 64 bits with a sign"
    );
}

#[test]
fn text_that_looks_encrypted_is_refused() {
    let why =
        "a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept";
    assert_eq!(refused("a: ENC[AES256_GCM,x]\n"), format!("1:4: a: {why}"));
    assert_eq!(refused("a: 1 #ENC[AES256_GCM,x]\n"), format!("1:6: {why}"));
    assert_eq!(refused("a: ENC[x]\n"), "sealed");
}

#[test]
fn the_metadata_goes_where_the_root_has_its_keys() {
    let text = |plain: &str| sealed(plain).file().document().text().to_owned();
    assert!(text("  a: 1\n  # c\n").contains("\n  sops:\n      age:\n"));
    assert!(text("---\na: 1\n...\n").ends_with("    version: 3.13.3\n...\n"));
    assert!(text("a: 1\n# é\n").contains("type:comment]\nsops:\n"));
    assert!(text("a: é").contains("type:str]\nsops:\n"));
    assert_eq!(
        refused("{\"a\": 1}\n"),
        "keys in brackets, or behind `---` or `...`, at the top: write each key of the top level on a line of its own"
    );
    assert_eq!(
        refused("b: 1\nsops: x\n"),
        "2:1: sops: the key `sops` is reserved at the top level"
    );
    let error = Document::parse("a: 1\n---\nb: 2\n")
        .err()
        .map(|error| error.problem);
    assert_eq!(error, Some(Problem::SecondDocument));
}

#[test]
fn no_comment_stays_in_clear_wherever_it_stands() {
    for plain in [
        "# c1\n---\n# c2\na: 1 # c3\n# c4\n...\n# c5\n",
        "a: # c1\n  # c2\n  - x # c3\n  # c4\n  - # c5\n    # c6\n    b: {c: 1, # c7\n    d: [ # c8\n    ] } # c9\n# c10\n\n# c11\n",
    ] {
        let text = sealed(plain).file().document().text().to_owned();
        assert!(!text.contains("# c"), "{text}");
        assert_eq!(round(plain), plain);
    }
}

#[test]
fn an_empty_comment_of_a_list_is_no_item_for_sops() {
    let open = sealed("# \n#\nl:\n  #\n  - x\n  #\n  # c\n");
    let text = open.file().document().text();
    assert_eq!(text.lines().filter(|line| line.trim() == "#").count(), 1);
    assert_eq!(
        open.to_plain().unwrap().expose_secret(),
        "# \n#\nl:\n  # \n  - x\n  # \n  # c\n"
    );
}

#[test]
fn brackets_may_close_where_their_key_begins() {
    let plain = "a: [\n  1,\n  x\n]\nm:\n  b: {\n    c: 1 # c\n  } # d\n";
    assert_eq!(round(plain), plain);
}

#[test]
fn a_mark_at_the_start_stays() {
    let mut open = sealed("\u{feff}a: 1 # c\n");
    assert!(
        open.file()
            .document()
            .to_text()
            .starts_with("\u{feff}a: ENC[")
    );
    open.set(&KeyPath::key("b"), &Node::Scalar(Scalar::str("v")))
        .unwrap();
    open.rekey(DataKey::generate()).unwrap();
    assert!(
        open.file()
            .document()
            .to_text()
            .starts_with("\u{feff}a: ENC[")
    );
    assert_eq!(
        open.to_plain().unwrap().expose_secret(),
        "\u{feff}a: 1 # c\nb: v\n"
    );
}
