use proptest::prelude::*;

use super::*;
use crate::{
    render,
    secret::ExposeSecret,
    value::{Map, Node, Scalar, Selection},
};

/// What a dialect reads, as `KEY=value` in the order of the file; `!line` for what it objects to.
fn read(dialect: Dialect, text: &str) -> Vec<String> {
    match Survey::of(text).in_dialect(dialect, &Selection::default()) {
        Ok(entries) => entries.iter().map(shown).collect(),
        Err(objections) => objections
            .iter()
            .map(|objection| format!("!{}", objection.line))
            .collect(),
    }
}

fn shown(entry: &Entry) -> String {
    format!("{}={}", entry.key, entry.value.expose_secret())
}

/// The four readings of one line, in the order of `Dialect::ALL`; `!` for an objection.
fn readings(text: &str) -> [String; 4] {
    Dialect::ALL.map(|dialect| match read(dialect, text).as_slice() {
        [one] if one.starts_with('!') => "!".to_owned(),
        [one] => one.strip_prefix("A=").unwrap().to_owned(),
        other => panic!("{dialect}: {other:?}"),
    })
}

fn agreed(text: &str) -> Result<Vec<Entry>, Disagreement> {
    Survey::of(text).agreed(&Selection::default())
}

#[test]
fn each_family_reads_its_own_way() {
    for (text, compose, node, python, shell) in [
        ("A=x", "x", "x", "x", "x"),
        ("A=", "", "", "", ""),
        ("A=a#b", "a#b", "a", "a#b", "a#b"),
        ("A=a # b", "a", "a", "a", "a"),
        ("A=a b", "a b", "a b", "a b", "!"),
        ("A = a", "a", "a", "a", "!"),
        ("export A=a", "a", "a", "a", "a"),
        ("A='a$b\\n'", "a$b\\n", "a$b\\n", "a$b\\n", "a$b\\n"),
        ("A='a\\\\b'", "a\\\\b", "a\\\\b", "a\\b", "a\\\\b"),
        ("A=\"a\\nb\"", "a\nb", "a\nb", "a\nb", "a\\nb"),
        ("A=\"a\\\"b\"", "a\"b", "!", "a\"b", "a\"b"),
        ("A=\"a\\\\b\"", "a\\b", "a\\\\b", "a\\b", "a\\b"),
        ("A=\"a\\$b\"", "a$b", "a\\$b", "a\\$b", "a$b"),
        ("A=a$$b", "a$b", "a$$b", "a$$b", "!"),
        ("A=$1", "$1", "$1", "$1", "!"),
        ("A=$b", "!", "$b", "$b", "!"),
        ("A='${b}'", "${b}", "${b}", "!", "${b}"),
        ("A=${b:-c}", "!", "${b:-c}", "!", "!"),
        ("A=$(b)", "$(b)", "$(b)", "$(b)", "!"),
        ("A=`b`", "`b`", "b", "`b`", "!"),
        ("A='a'b", "!", "!", "!", "ab"),
        ("A=~/a", "~/a", "~/a", "~/a", "!"),
        ("A=a;b", "a;b", "a;b", "a;b", "!"),
        ("A=\\ab", "\\ab", "\\ab", "\\ab", "ab"),
        ("A=\"\\0101\"", "!", "\\0101", "\\0101", "\\0101"),
        ("A: b", "b", "!", "!", "!"),
        ("A", "!", "!", "!", "!"),
    ] {
        assert_eq!(readings(text), [compose, node, python, shell], "{text}");
    }
}

#[test]
fn a_quote_may_span_lines_and_hides_what_looks_like_an_entry() {
    let text = "A='one\nB=two\n# three\n'\nC=x\n";
    for dialect in Dialect::ALL {
        assert_eq!(read(dialect, text), ["A=one\nB=two\n# three\n", "C=x"]);
    }
    assert_eq!(agreed(text).unwrap().len(), 2);
}

#[test]
fn windows_line_ends_and_a_mark_are_no_part_of_a_value() {
    let text = "A=1\r\nB='2' # c\r\n";
    assert_eq!(
        agreed(text).unwrap().iter().map(shown).collect::<Vec<_>>(),
        ["A=1", "B=2"]
    );
    assert_eq!(agreed("A='1\r\n2'\r\n").unwrap_err().keys[0].key, "A");
    for dialect in [Dialect::Compose, Dialect::Python] {
        assert_eq!(read(dialect, "\u{feff}A=1\n"), ["A=1"]);
    }
}

#[test]
fn of_several_entries_with_one_key_the_last_counts() {
    let entries = agreed("A=1\n# c\nB=2\nA=3\nA=4\n").unwrap();
    assert_eq!(
        entries.iter().map(shown).collect::<Vec<_>>(),
        ["B=2", "A=4"]
    );
    assert_eq!(entries[1].overridden, [1, 4]);
    assert_eq!(entries[1].line, 5);
}

#[test]
fn the_comments_of_a_line_that_another_one_overrides_go_to_that() {
    let survey = Survey::of("# one\nA=1 # beside\nB=2\n# two\nA=3\n");
    let entries = survey.agreed(&Selection::default()).unwrap();
    assert_eq!(entries[0].comments, [""; 0]);
    assert_eq!(entries[1].comments, [" one", " beside", " two"]);
}

#[test]
fn comments_belong_to_the_key_below_and_those_beside_come_last() {
    let text = "# head\n\n#  more\nA=1 # beside\n#\nB='x' #2\n  # in\nC=\n# end\n";
    let survey = Survey::of(text);
    let entries = survey.agreed(&Selection::default());
    // An indented comment costs node the line behind it.
    let entries = entries.or_else(|_| survey.in_dialect(Dialect::Python, &Selection::default()));
    let comments: Vec<Vec<String>> = entries
        .unwrap()
        .into_iter()
        .map(|entry| entry.comments)
        .collect();
    assert_eq!(
        comments,
        [
            vec![" head", "  more", " beside"],
            vec!["", "2"],
            vec![" in"]
        ]
    );
    assert_eq!(survey.comments_left(None), [9]);
    for dialect in [Dialect::Compose, Dialect::Shell] {
        let entries = survey.in_dialect(dialect, &Selection::default()).unwrap();
        assert_eq!(entries[0].comments, [" head", "  more", " beside"]);
    }
}

#[test]
fn comments_inside_of_values_are_values() {
    let entries = agreed("A='\n# no\n'\n# yes\nB=1\n").unwrap();
    assert_eq!(entries[0].comments, [""; 0]);
    assert_eq!(entries[1].comments, [" yes"]);
}

#[test]
fn a_disagreement_names_keys_lines_and_who_reads_what() {
    let error = agreed("A=1\nB=x#y\nC=$d\n").unwrap_err();
    let opinion = |at: usize| -> Vec<Opinion> {
        error.keys[at]
            .opinions
            .iter()
            .map(|(_, opinion)| *opinion)
            .collect()
    };
    assert_eq!((error.keys[0].key.as_str(), error.keys[0].line), ("B", 2));
    assert_eq!(
        opinion(0),
        [
            Opinion::Value(0),
            Opinion::Value(1),
            Opinion::Value(0),
            Opinion::Value(0)
        ]
    );
    assert_eq!(
        opinion(1),
        [
            Opinion::Expands,
            Opinion::Value(0),
            Opinion::Value(0),
            Opinion::Expands
        ]
    );
    assert_eq!(error.readable, [Dialect::Node, Dialect::Python]);
    let except_c = Selection::new(&[] as &[&str], ["C"]);
    let error = Survey::of("A=1\nB=x#y\nC=$d\n")
        .agreed(&except_c)
        .unwrap_err();
    assert_eq!((error.keys.len(), error.readable.len()), (1, 4));
}

#[test]
fn a_shell_has_no_say_in_a_file_that_it_cannot_read() {
    assert_eq!(
        agreed("APP=my app\nB=\"a\\\\n\"\n").unwrap_err().keys[0]
            .opinions
            .len(),
        3
    );
    assert_eq!(agreed("APP=my app\n").unwrap().len(), 1);
    assert!(agreed("B=~/x\n").is_err());
    assert!(agreed("APP=my app\nB=~/x\n").is_ok());
}

#[test]
fn lines_that_are_no_entries_are_told_by_number() {
    let error = agreed("A=1\nwhat is this\nB=2\n").unwrap_err();
    let lines: Vec<_> = error
        .lines
        .iter()
        .map(|(dialect, objection)| (*dialect, objection.line))
        .collect();
    assert_eq!(
        lines,
        [
            (Dialect::Compose, 2),
            (Dialect::Node, 2),
            (Dialect::Python, 2)
        ]
    );
    assert!(error.readable.is_empty());
    for (text, line) in [("A='x\nB=1\n", 1), ("=x\n", 1), ("A=1\n\n\"b\n", 3)] {
        let error = agreed(text).unwrap_err();
        assert!(
            error
                .lines
                .iter()
                .any(|(_, objection)| objection.line == line),
            "{text}"
        );
    }
}

#[test]
fn names_of_dialects_are_found_and_nothing_else_is() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.name().parse(), Ok(dialect));
    }
    assert_eq!("ruby".parse::<Dialect>(), Err(UnknownDialect));
}

/// What vault writes for these values, which every family is to read back.
fn rendered(values: &[String]) -> Option<(Map, crate::secret::SecretString)> {
    let key = |at: usize| format!("K{at}");
    let entries = values.iter().enumerate();
    let map: Map = entries
        .map(|(at, value)| (key(at), Node::Scalar(Scalar::str(value))))
        .collect();
    let text = render::dotenv(&Node::Map(map.clone()), "_").ok()?.text;
    Some((map, text))
}

fn must_come_back(values: &[String]) {
    let Some((map, text)) = rendered(values) else {
        return;
    };
    let survey = Survey::of(text.expose_secret());
    for dialect in Dialect::ALL {
        let python_expands = dialect == Dialect::Python && text.expose_secret().contains("${");
        let entries = match survey.in_dialect(dialect, &Selection::default()) {
            Ok(entries) => entries,
            Err(_) if python_expands => continue,
            Err(objections) => panic!("{dialect}: {objections:?}"),
        };
        let read = entries.iter().map(|entry| {
            let node = Node::Scalar(Scalar::new(crate::value::Kind::Str, entry.value.clone()));
            (entry.key.clone(), node)
        });
        assert!(
            read.collect::<Map>() == map,
            "{dialect}: {:?}",
            text.expose_secret()
        );
    }
}

#[test]
fn every_nasty_value_that_vault_writes_comes_back_in_every_dialect() {
    let text = include_str!("../../../fixtures/nasty-values.json");
    let entries: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let values = entries.iter().filter_map(|entry| entry["utf8"].as_str());
    let values: Vec<String> = values.map(str::to_owned).collect();
    let written = values
        .iter()
        .filter(|value| rendered(&[(*value).clone()]).is_some());
    assert_eq!(written.count(), 94);
    values
        .iter()
        .for_each(|value| must_come_back(std::slice::from_ref(value)));
}

proptest! {
    #[test]
    fn what_vault_writes_comes_back_in_every_dialect(
        values in proptest::collection::vec("[ \t\n#=$(){}\\[\\]<>|&;*?~!%^,:./@+'\"`\\\\aAnrx01_é-]{0,12}|[^\0\r]{0,8}", 1..4)
    ) {
        must_come_back(&values);
    }

    #[test]
    fn no_text_makes_a_reader_stumble(text in "([AB]|export |=|'|\"|`|\\\\|\\$|\\{|\\}|#|\n|\r|\u{feff}|\u{2028}|:|~| |x){0,24}") {
        let survey = Survey::of(&text);
        for dialect in Dialect::ALL {
            let _ = survey.in_dialect(dialect, &Selection::default());
            let _ = survey.comments_left(Some(dialect));
        }
        let _ = survey.agreed(&Selection::default());
    }

    #[test]
    fn where_all_agree_each_of_them_says_so(text in "([AB]|=|'|\"|\\\\|\\$|#|\n| |x){0,16}") {
        let survey = Survey::of(&text);
        if let Ok(entries) = survey.agreed(&Selection::default()) {
            for dialect in [Dialect::Compose, Dialect::Node, Dialect::Python] {
                let own = survey.in_dialect(dialect, &Selection::default()).unwrap();
                let sorted = |entries: &[Entry]| {
                    let mut all: Vec<String> = entries.iter().map(shown).collect();
                    all.sort();
                    all
                };
                prop_assert_eq!(sorted(&own), sorted(&entries));
            }
        }
    }
}
