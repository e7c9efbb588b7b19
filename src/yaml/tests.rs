use super::*;

/// The tape in one line: `{ k(a) s"1" c( x) }`, scalars with their bytes.
fn sketch(text: &str) -> String {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return format!("error {error}"),
    };
    let piece = |index: usize| {
        let item = &document.items()[index];
        match item.part {
            Part::MapStart => "{".to_owned(),
            Part::MapEnd => "}".to_owned(),
            Part::ListStart => "[".to_owned(),
            Part::ListEnd => "]".to_owned(),
            Part::Key => format!("{}:", &document.text()[item.range()]),
            Part::Value => format!(
                "<{}|{}>",
                &document.text()[item.range()],
                &document.text()[item.body()]
            ),
            Part::Comment => format!("#{}", document.str_at(index)),
        }
    };
    (0..document.items().len())
        .map(piece)
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\n', "~")
}

#[test]
fn block_collections_begin_at_their_first_node_and_end_after_their_last() {
    let text = "# top\na: # side\n  # first\n  b: 1\n  # tail b\n# after\nc:\nd: ~ # x\n";
    assert_eq!(
        sketch(text),
        "# top { a: # side # first { b: <1|> } # tail b # after c: <|> d: <~|> } # x"
    );
}

#[test]
fn lists_are_found_at_any_indentation() {
    let text = "l:\n-\n- x\n- # c3\n- y # c4\n\n-\nm:\n  - - 1\n    - 2\n  -\n    z: 1\n";
    assert_eq!(
        sketch(text),
        "{ l: [ <|> <x|> <|> # c3 <y|> <|> ] # c4 m: [ [ <1|> <2|> ] { z: <1|> } ] }"
            .replace("<y|> <|> ] # c4", "<y|> # c4 <|> ]")
    );
}

#[test]
fn flow_collections_and_pairs_without_braces_are_found() {
    let text = "l: [a: 1, \"b\" : 2, c: , ? d, e, [], {}] # end\nm: {x, y: , \"z\":1} # fin\n";
    assert_eq!(
        sketch(text),
        "{ l: [ { a: <1|> } { \"b\": <2|> } { c: <|> } { d: <|> } <e|> [ ] { } ] # end m: { x: <|> y: <|> \"z\": <1|> } } # fin"
    );
}

#[test]
fn block_scalars_have_a_header_and_a_body() {
    let text = "a: !!str # q\nb: |+ # hdr\n  text\n\n# z\nc: >-\n  x\n  y\n\n\nd:\n  |\n  v\ne: |\nf: |-\n\n  lead\n   \n     \n";
    assert_eq!(
        sketch(text),
        "{ a: <!!str|> # q b: <|+|  text~~> # hdr # z c: <>-|  x~  y~> d: <||  v~> e: <||> f: <|-|~  lead~   ~     ~> }"
    );
}

#[test]
fn lines_of_blanks_at_the_end_of_a_folded_block_are_its_own_where_it_holds_them() {
    let text = "a: >\n  x\n  y\n\n    \n \n\nb: >2\n     \nc: >-\n  x\n   \n  \nd: >\n  x\n  \n\ne: >+\n  x\n   \n\nf: >\n  x\n  \u{a0}\n\n";
    assert_eq!(
        sketch(text),
        "{ a: <>|  x~  y~~    ~> b: <>2|     ~> c: <>-|  x~   ~> d: <>|  x~> e: <>+|  x~   ~~> f: <>|  x~  \u{a0}~> }"
    );
}

#[test]
fn explicit_keys_are_found() {
    assert_eq!(
        sketch("? a\n# cc\n:\n  b\n? |-\n  m\n  n\n: - x\n"),
        "{ a: # cc <b|> |-: [ <x|> ] }"
    );
}

#[test]
fn documents_without_a_key_have_no_root() {
    for text in ["", "# only\n", "---\n", "---\n# c\n...\n"] {
        assert!(Document::parse(text).unwrap().root().is_none(), "{text:?}");
    }
    assert_eq!(sketch("--- # c\na: 1\n...\n"), "# c { a: <1|> }");
}

#[test]
fn what_readers_could_see_differently_is_refused_with_its_place() {
    let deep = format!("a: {}1{}\n", "[".repeat(65), "]".repeat(65));
    let long = format!("{}: 1\n", "k".repeat(256));
    let cases = [
        ("a: &x 1\n", "1:7: an anchor (&)"),
        ("a: &x\n  b: 1\n", "2:3: an anchor (&)"),
        (
            "a: 1\nb: *a\n",
            "2:4: not valid YAML: while parsing node, found unknown anchor",
        ),
        ("<<: {a: 1}\n", "1:1: a merge key (<<)"),
        ("a: !!int 1\n", "1:4: a tag (!)"),
        ("a: !foo x\n", "1:4: a tag (!)"),
        ("a: !!map {}\n", "1:4: a tag (!)"),
        ("a: !!binary aGk=\n", "1:4: a tag (!)"),
        (
            "a: !!str\n  x\n",
            "1:4: a tag on another line than its value",
        ),
        ("!!str a: 1\n", "1:1: a tag (!)"),
        ("[a]: 1\n", "1:1: a map or list as a key"),
        ("? {a: 1}\n: 1\n", "1:3: a map or list as a key"),
        ("1: a\n", "1:1: a key that is not a string (int)"),
        ("true: a\n", "1:1: a key that is not a string (bool)"),
        ("~: a\n", "1:1: a key that is not a string (null)"),
        (": a\n", "1:1: a key that is not a string (null)"),
        ("2024-01-01: a\n", "1:1: a key that is not a string (time)"),
        (
            "a: 1\nb: 2\n\"a\": 3\n",
            "3:1: the key a for the second time",
        ),
        ("a: {b: 1, b: 2}\n", "1:11: the key b for the second time"),
        ("- a\n", "1:1: a list at the top level"),
        ("just text\n", "1:1: a single value at the top level"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document"),
        (
            "%YAML 1.2\n---\na: 1\n",
            "1:1: not valid YAML: YAML directives are disallowed",
        ),
        (
            "# c\u{2028}secret: x\n",
            "1:4: a character that only some readers take for the end of a line",
        ),
        (
            "a: b\u{85}c: d\n",
            "1:5: a character that only some readers take for the end of a line",
        ),
        (
            "a: b\rc: d\n",
            "1:5: a character that only some readers take for the end of a line",
        ),
        ("a: \"x\\/y\"\n", "1:6: the escape \\/"),
        ("foo: 1\n\t # c\n  value\n", "2:3: a comment inside a value"),
        (deep.as_str(), "1:67: nested deeper than 64 levels"),
        (long.as_str(), "1:1: a key longer than 255 bytes"),
    ];
    for (text, expected) in cases {
        let error = Document::parse(text).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_place() {
    let error = Document::from_bytes(b"a: 1\nb: \xff\n").err().unwrap();
    assert_eq!(error.to_string(), "2:4: not UTF-8");
}

#[test]
fn a_whole_number_beyond_64_bits_is_refused_when_it_is_read() {
    let document = Document::parse("a: 9223372036854775808\n").unwrap();
    let node = document.root().unwrap().get("a").unwrap();
    assert_eq!(
        document.scalar_at(node.index()).unwrap_err().to_string(),
        "1:4: a whole number beyond 64 bits with a sign"
    );
}

#[test]
fn a_mark_at_the_start_and_windows_line_ends_are_kept() {
    let document = Document::parse("\u{feff}a: 1\r\nb: x # c\r\n").unwrap();
    assert_eq!(document.to_text().as_str(), "\u{feff}a: 1\r\nb: x # c\r\n");
    let comment = document
        .items()
        .iter()
        .position(|item| item.part == Part::Comment)
        .unwrap();
    assert_eq!(document.str_at(comment), " c");
}

#[test]
fn nodes_are_reached_by_key_and_position() {
    let document = Document::parse("a:\n  # c\n  - x\n  # d\n  - {b: \"y\"}\n").unwrap();
    let list = document.root().unwrap().get("a").unwrap();
    let items: Vec<_> = list.items().collect();
    assert_eq!(items[0].text(), Some("x"));
    assert_eq!(items[1].get("b").and_then(NodeRef::string), Some("y"));
}

#[test]
fn both_sides_of_a_conflict_are_called_that_and_the_same_line_in_a_value_is_one() {
    let text = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n";
    let error = Document::parse(text).err().unwrap();
    assert_eq!(
        error.to_string(),
        "2:1: both sides of a merge conflict are in it"
    );
    let meant = "a: |\n  <<<<<<< HEAD\n";
    assert!(Document::parse(meant).is_ok());
}

#[test]
fn every_key_is_found_and_none_below_it() {
    for text in [
        "# top\na: # side\n  # first\n  b: 1\n  # tail b\n# after\nc:\nd: ~ # x\n# end\n",
        "a: {b: {c: 1}, d: []}\ne:\n- {f: 1}\n- - g: 2\nh: |\n  i: 1\n\"j\": 'k'\n",
        "a: {}\n",
    ] {
        let document = Document::parse(text).unwrap();
        for index in 0..document.items().len() {
            let node = document.node_at(index);
            assert_eq!(node.count(), node.entries().count());
            for key in "abcdefghijk".split("").filter(|key| !key.is_empty()) {
                let place = |entry: Entry<'_>| (entry.key_index, entry.node.index());
                let first = node.entries().find(|entry| entry.key == key);
                assert_eq!(node.entry(key).map(place), first.map(place), "{text} {key}");
            }
        }
    }
}

#[test]
fn what_is_shown_of_a_text_are_its_first_items() {
    let text: String = (0..2_000)
        .map(|at| format!("# {at}\nk{at}: ENC[x]\n"))
        .collect();
    // Comments that the parser reads are put between other items, but never before what was shown.
    let text = format!("{text}# a\nb: # c\n  - 1 # d\n# e\n");
    let mut seen: Vec<Item> = Vec::new();
    let (document, shown) = Document::of_ciphertext_shown(text.clone().into(), |_, items| {
        seen.extend_from_slice(items)
    })
    .unwrap();
    assert!(shown > 5_000 && shown == seen.len(), "{shown}");
    for (one, other) in seen.iter().zip(document.items()) {
        let said = |item: &Item| {
            (
                item.part,
                item.style,
                item.range(),
                item.text(&text).to_owned(),
            )
        };
        assert_eq!(said(one), said(other));
    }
}

#[test]
fn nothing_is_shown_that_is_read_once_more() {
    let lines: String = (0..2_000).map(|at| format!("  k{at}: ENC[x]\n")).collect();
    // The list makes the parser read the key of the root that holds it, and everything in it.
    let text = format!("a: ENC[x]\nb:\n{lines}  l:\n  - 1\n");
    let mut seen = 0;
    let (document, shown) =
        Document::of_ciphertext_shown(text.into(), |_, items| seen += items.len()).unwrap();
    assert_eq!((shown, seen, document.items().len()), (0, 0, 4_011));
}
