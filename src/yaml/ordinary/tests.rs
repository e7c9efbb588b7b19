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
    let sops = "sops:\n    mac: 'x'\n    age:\n        # alice\n        - enc: |\n            a\n          recipient: b\n";
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
fn a_text_of_ordinary_lines_alone_is_read_to_its_end() {
    let sealed = format!(
        "a: {VALUE}\nsops:\n    age:\n        # alice\n        - enc: |\n            -----BEGIN-----\n            YWdl/+==\n          recipient: age1x\n        \
         # bob\n        - enc: |\n            x\n          recipient: age1y\n    lastmodified: \"2026-11-29T09:56:08Z\"\n    mac: {VALUE}\n    pgp: []\n    \
         unencrypted_regex: ^$\n    version: 3.13.3\n    x-vault:\n        version: 1\n        members:\n            - add:\n                  a: age1x ssh-ed25519 AAAA\n              \
         parents: [a, b]\n              by: a\n            - previous: [\"x+/=\", \"\", y]\n              by: a\n            - b\n            - \"c\"\n        signature: AB+/=\n# end\n"
    );
    for text in [
        sealed.as_str(),
        "a: |\n  x\n   y # z\n",
        "# c\na: 1\n",
        "a:\n  - b\n  - c:\n      d: 1\n    e: |\n     x\n",
    ] {
        assert_same(text);
        assert_eq!(read(text, &mut |_| {}).unwrap().rest, text.len(), "{text}");
    }
}

#[test]
fn from_the_first_other_line_on_the_parser_reads() {
    let head = format!("a: {VALUE}\nb: {VALUE}\n");
    for other in [
        "c: 1 # d\n",
        "c:\n- 1\n",
        "c: |-\n  x\n",
        "c: |\n",
        "c: |\n\n",
        "c: |\n  x\n\n",
        "c: |\n  x\n    \n  y\n",
        "c: |\n  x\n y\n",
        "c: |\n  x\n  y:\n z: 1\n",
        "c: x\n y\n",
        "c: x\n # y\n z: 1\n",
        "c: x: y\n",
        "c: x #y\n",
        "c: x:\n",
        "c: \"x\" y\n",
        "c: \"\\x41\"\n",
        "c:\n  - x: y: z\n",
        "c:\n  - x\n   - y\n",
        "c:\n  - x\n  y: 1\n",
        "c:\n  - x: 1\n   y: 1\n",
        "c:\n  x: 1\n  - y\n",
        "c:\n  - - x\n",
        "c:\n  -\n    x: 1\n",
        "c:\n  - |\n    x\n",
        "c: [x,y]\n",
        "c: [x, ]\n",
        "c: [x: y]\n",
        "c: [[x]]\n",
        "c: [\"x\": y]\n",
        "c: [\"x, y\"]\n",
        "c: [\"x\",\"y\"]\n",
        "c: [\"x\"y]\n",
        "c: [\"\\x41\"]\n",
        "'c': 1\n",
        "? c\n: 1\n",
        "  continued\n",
        "\n\n  continued\n",
        "# c\n  continued: 1\n",
        "c: {d: 1}\n",
        "c: - x\n",
        "---\n",
        "...\n",
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

/// Lines of a map or a list that vault or sops could have written, indented by `column`.
fn node(depth: u32) -> BoxedStrategy<Vec<String>> {
    let scalar = prop_oneof![
        Just(VALUE.to_owned()),
        "[a-z0-9^/+.(_][!-~]{0,6}|[a-z0-9][ -~]{0,8}|\"[ -~]{0,5}\"|\\[\\]|\\[([a-c]|\"[ -~]{0,4}\")(, ([a-d.0-9]{1,3}|\"[ -~]{0,3}\")){0,2}\\]",
    ]
    .prop_map(|text| vec![text]);
    let block = proptest::collection::vec("[ ]{0,2}[ -~]{0,4}", 1..3).prop_map(|lines| {
        let lines = lines.into_iter().map(|line| format!("    {line}"));
        std::iter::once("|".to_owned()).chain(lines).collect()
    });
    let leaf = prop_oneof![4 => scalar, 1 => block];
    let Some(depth) = depth.checked_sub(1) else {
        return leaf.boxed();
    };
    let inner = (2usize..5, collection(depth)).prop_map(|(indent, lines)| {
        let lines = lines
            .into_iter()
            .map(|line| format!("{}{line}", " ".repeat(indent)));
        std::iter::once(String::new()).chain(lines).collect()
    });
    prop_oneof![3 => leaf, 1 => inner].boxed()
}

fn collection(depth: u32) -> BoxedStrategy<Vec<String>> {
    let with_comment = |lines: BoxedStrategy<Vec<String>>| {
        (proptest::option::weighted(0.2, "#[ -~]{0,4}"), lines).prop_map(|(comment, mut lines)| {
            lines.splice(0..0, comment);
            lines
        })
    };
    let entry = ("[a-f_][a-z0-9._-]{0,1}", node(depth)).prop_map(|(key, mut lines)| {
        lines[0] = format!("{key}: {}", lines[0]).trim_end().to_owned();
        lines
    });
    let map = proptest::collection::vec(with_comment(entry.boxed()), 1..4)
        .prop_map(|entries| entries.concat())
        .boxed();
    let Some(depth) = depth.checked_sub(1) else {
        return map;
    };
    let element = prop_oneof![node(0), collection(depth)].prop_map(|lines| {
        let mark = |(at, line)| format!("{}{line}", if at == 0 { "- " } else { "  " });
        lines.into_iter().enumerate().map(mark).collect::<Vec<_>>()
    });
    let list = proptest::collection::vec(with_comment(element.boxed()), 1..3)
        .prop_map(|elements| elements.concat());
    prop_oneof![2 => map, 1 => list].boxed()
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

    #[test]
    fn what_vault_could_have_written_is_read_as_by_the_parser(
        lines in collection(4),
        other in proptest::option::weighted(0.3, (any::<prop::sample::Index>(), line())),
    ) {
        let mut lines = lines;
        if let Some((at, other)) = other {
            let at = at.index(lines.len() + 1);
            lines.insert(at, other);
        }
        let text = format!("{}\n", lines.join("\n"));
        if let Some((short, long)) = both(&text) {
            prop_assert_eq!(short, long, "{}", text);
        }
    }
}
