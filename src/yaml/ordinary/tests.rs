use proptest::prelude::*;

use super::*;
use crate::yaml::parse::parsed;

const VALUE: &str = "ENC[AES256_GCM,data:MTI=,iv:eA==,tag:eA==,type:str]";

/// Everything that is in a tape.
fn sketch(text: &str, items: &[Item]) -> Vec<String> {
    let describe = |item: &Item| {
        let Item {
            part,
            style,
            is_flow,
            has_tag,
            ..
        } = item;
        let (range, body, partner) = (item.range(), item.body(), item.partner());
        let said = item.text(text);
        format!("{part:?} {style:?} {is_flow} {has_tag} {range:?} {body:?} {partner} {said:?}")
    };
    items.iter().map(describe).collect()
}

/// Reads a text both ways; `None` where it has no ordinary lines or an error. Where the parser sees an error, so does the short way.
fn both(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    let short = parsed(text, Some(read(text, &mut |_| {})?));
    match (short, parsed(text, None)) {
        (Ok(short), Ok(long)) => Some((sketch(text, &short), sketch(text, &long))),
        (Err(_), _) => None,
        (Ok(_), Err(error)) => panic!("only the parser refuses {text:?}: {error}"),
    }
}

fn assert_same(text: &str) {
    let (short, long) = both(text).expect("the text has ordinary lines");
    assert_eq!(short, long, "{text}");
}

#[test]
fn flat_and_nested_maps_comments_and_blank_lines_are_read_as_by_the_parser() {
    let sops = "sops:\n    mac: x\n    age:\n        # alice\n        - enc: |\n            a\n          recipient: b\n";
    for data in [
        format!("a: {VALUE}\n"),
        format!("# top\n\na: {VALUE}\n# tail\n\n"),
        format!("#{VALUE}\na: {VALUE}\n  # indented\nb: \"\"\n"),
        format!("a:\n    b: {VALUE}\n    c:\n        d: \"\"\n        # e\n    # f\ng: {VALUE}\n"),
        format!("a:\n  # b\n  b: {VALUE}\n"),
    ] {
        assert_same(&format!("{data}{sops}"));
        assert_eq!(
            read(&format!("{data}{sops}"), &mut |_| {}).unwrap().rest,
            data.len(),
            "{data}"
        );
    }
}

#[test]
fn from_the_first_other_line_on_the_parser_reads() {
    let head = format!("a: {VALUE}\nb: {VALUE}\n");
    for other in [
        "c: 1\n",
        "c:\n- 1\n",
        "c: |\n  x\n",
        "'c': 1\n",
        "? c\n: 1\n",
        "  continued\n",
        "\n\n  continued\n",
        "# c\n  continued: 1\n",
        "c: {d: 1}\n",
        "c: \"x\n  y\"\n",
        "c: # d\n  e: 1\n",
        "c:\nd: 1\n",
        "c:\n    d: {}\n    e: 1\n",
    ] {
        let text = format!("{head}{other}");
        if let Some((short, long)) = both(&text) {
            assert_eq!(short, long, "{text}");
        }
        let rest = read(&text, &mut |_| {}).unwrap().rest;
        assert!(rest <= head.len(), "{text}");
    }
}

#[test]
fn a_key_that_comes_twice_is_refused_on_both_sides_of_the_cut() {
    for text in [
        format!("a: {VALUE}\na: {VALUE}\nb: 1\n"),
        format!("a: {VALUE}\nb: 1\na: 2\n"),
        format!("a:\n  b: {VALUE}\n  b: {VALUE}\nc: 1\n"),
    ] {
        let error = crate::yaml::Document::parse(&text).map(drop).unwrap_err();
        assert!(error.to_string().contains("for the second time"), "{error}");
    }
}

#[test]
fn maps_deeper_than_the_limit_are_refused() {
    let mut text = String::new();
    for depth in 0..DEPTH_LIMIT + 1 {
        text.push_str(&format!("{}k:\n", " ".repeat(depth)));
    }
    text.push_str(&format!(
        "{}k: {VALUE}\nz: 1\n",
        " ".repeat(DEPTH_LIMIT + 1)
    ));
    let text = format!("a: {VALUE}\n{text}");
    assert!(crate::yaml::Document::parse(&text).is_err());
}

/// A line, mostly an ordinary one.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![8 => "[a-e]", 1 => "[a-z._-]{1,3}", 1 => "null|true|y|no|.inf|_|<<|1|é|a b|\"q\"|k#"];
    let value = prop_oneof![
        6 => Just(format!(" {VALUE}")),
        4 => Just(String::new()),
        2 => Just(" \"\"".to_owned()),
        1 => " ENC\\[[ -~é]{0,6}\\]| [ -~]{0,6}| \\||  \"\"| \"a\"|x|\t| - a| \\{\\}",
    ];
    let indent = prop_oneof![4 => Just(0usize), 3 => Just(2), 2 => Just(4), 1 => 0usize..7];
    prop_oneof![
        12 => (indent.clone(), key, value)
            .prop_map(|(indent, key, value)| format!("{}{key}:{value}", " ".repeat(indent))),
        2 => (indent, "#[ a#:é]{0,4}").prop_map(|(indent, text)| format!("{}{text}", " ".repeat(indent))),
        1 => Just(String::new()),
        1 => "[ ]{0,4}(-|- a|- b: c|x|\\||---|\\.\\.\\.|\\]|\"|\\?|: a|&a|%x)[ ]?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn what_is_taken_is_what_the_parser_reads(
        lines in proptest::collection::vec(line(), 1..12),
        has_metadata in any::<bool>(),
    ) {
        let mut text = format!("{}\n", lines.join("\n"));
        if has_metadata {
            text.push_str("sops:\n    mac: x\n");
        }
        if let Some((short, long)) = both(&text) {
            prop_assert_eq!(short, long, "{}", text);
        }
    }
}
