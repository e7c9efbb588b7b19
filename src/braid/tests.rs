use super::*;
use crate::secret::ExposeSecret;

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn braided(base: &str, ours: &str, theirs: &str) -> (String, Vec<String>) {
    let [base, ours, theirs] = [base, ours, theirs].map(parse);
    let braided = braid(Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    })
    .unwrap();
    let conflicts = braided.conflicts.iter().map(ToString::to_string);
    (braided.text.expose_secret().to_owned(), conflicts.collect())
}

/// The text without conflicts.
fn clean(base: &str, ours: &str, theirs: &str) -> String {
    let (text, conflicts) = braided(base, ours, theirs);
    assert_eq!(conflicts, Vec::<String>::new());
    text
}

/// What is woven where no side is taken as a whole.
fn woven(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let [base, ours, theirs] = [base, ours, theirs].map(parse);
    let sides = Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    };
    let trees = [&base, &ours, &theirs].map(|document| tree(document).unwrap());
    let (merged, _) = values([&trees[0], &trees[1], &trees[2]], &[]);
    let text = sides.woven([&trees[0], &trees[1], &trees[2]], &merged)?;
    Some(text.to_string())
}

const BASE: &str = "\
# The secrets of dev.

# The database.
DB_URL: postgres://x # primary
db:
    # who
    user: u
    # with what
    password: p

# Old things.
OLD: o
hosts: [a, b]
LAST: l
# the end
";

#[test]
fn both_sides_changes_stand_where_they_were_made() {
    let ours = BASE
        .replace("postgres://x", "postgres://ours")
        .replace("LAST: l", "LAST: l\n# ours\nMINE: m");
    let theirs = BASE
        .replace(
            "    password: p\n",
            "    password: q # changed\n    # theirs\n    port: 5\n",
        )
        .replace("# Old things.\nOLD: o\n", "# another\nNEW: n # beside\n")
        .replace("[a, b]", "[a, b, c]");
    assert_eq!(
        clean(BASE, &ours, &theirs),
        "\
# The secrets of dev.

# The database.
DB_URL: postgres://ours # primary
db:
    # who
    user: u
    # with what
    password: q # changed
    # theirs
    port: 5

# another
NEW: n # beside
hosts: [a, b, c]
LAST: l
# ours
MINE: m
# the end
"
    );
}

#[test]
fn a_contradiction_leaves_our_value_and_is_told() {
    let (text, conflicts) = braided(
        "a: 1\nb: 1\nc: 1\n",
        "a: 2\nc: 2\nd: ours\n",
        "a: 3\nb: 2\nd: theirs\n",
    );
    assert_eq!(text, "a: 2\nc: 2\nd: ours\n");
    assert_eq!(
        conflicts,
        [
            "`a` was changed on both sides to different values",
            "`c` was changed here, removed there",
            "`d` was added on both sides with different values",
            "`b` was removed here, changed there",
        ]
    );
}

#[test]
fn comments_changed_there_are_taken_and_where_both_did_none_is_lost() {
    let text = clean(
        "# one\na: 1 # x\n# two\nb: 1\n# end\n",
        "# one of ours\na: 1 # x\n# two\nb: 2\n# end\n",
        "# one of theirs\na: 1 # y\n# two!\nb: 1 # new\n# end!\n",
    );
    assert_eq!(
        text,
        "# one of ours\n# one of theirs\na: 1 # y\n# two!\n# new\nb: 2\n# end!\n"
    );
    let text = clean("a: 1 # x\nb: 1\n", "a: 2 # x\nb: 1\n", "a: 1 # y\nb: 1\n");
    assert_eq!(text, "a: 2 # y\nb: 1\n");
    let text = clean("a: 1 # x\nb: 1\n", "a: 1 # y\nb: 1\n", "a: 2 # x\nb: 1\n");
    assert_eq!(text, "a: 2 # y\nb: 1\n");
    let text = clean("a: 1 # x\nb: 1\n", "a: 2 # x\nb: 1\n", "a: 1\nb: 1\n");
    assert_eq!(text, "a: 2\nb: 1\n");
}

#[test]
fn what_one_side_wrote_at_a_key_that_goes_stays_above_the_next() {
    let base = "# old\na: 1\nb: 1\nc: 1\n";
    let text = clean(
        base,
        "# old\n# mine\na: 1 # side\nb: 1\nc: 2\n",
        "b: 1\nc: 1\n",
    );
    assert_eq!(text, "# mine\n# side\nb: 1\nc: 2\n");
    let text = clean(base, "b: 1\nc: 2\n", "# old\n# theirs\na: 1\nb: 1\nc: 1\n");
    assert_eq!(text, "# theirs\nb: 1\nc: 2\n");
    let text = clean("a: 1\nb: 1\n", "a: 2\nb: 1 # last\n", "a: 1\n");
    assert_eq!(text, "a: 2\n# last\n");
}

#[test]
fn a_new_key_stands_behind_the_one_that_it_follows_there() {
    let base = "a: 1\nb: 1\n";
    let ours = "a: 1\nmine: 1\nb: 1\n";
    assert_eq!(
        clean(base, ours, "first: 1\na: 1\nx: 1\ny: 1\nb: 1\nz: 1\n"),
        "first: 1\na: 1\nmine: 1\nx: 1\ny: 1\nb: 1\nz: 1\n"
    );
    // Of another indentation, and with other line ends.
    let text = clean(
        "m:\n  a: 1\n",
        "m:\r\n  a: 2\r\n",
        "m:\n      a: 1\n      n:\n          - |\n            x\n             y\n",
    );
    assert_eq!(
        text,
        "m:\r\n  a: 2\r\n  n:\r\n      - |\r\n        x\r\n         y\r\n"
    );
}

#[test]
fn maps_in_brackets_merge_and_keep_their_comments() {
    let text = clean(
        "m: {a: 1, b: 1}\n",
        "m: {a: 2, b: 1} # ours\n",
        "m: {a: 1, b: 1,\n  # theirs\n  c: x}\n",
    );
    assert_eq!(
        text,
        "# ours\n# theirs\nm:\n    a: 2\n    b: 1\n    c: \"x\"\n"
    );
    let text = clean("{a: 1, b: 1}\n", "# c\n{a: 2, b: 1}\n", "{a: 1}\n");
    assert_eq!(text, "# c\na: 2\n");
    let text = clean("m:\n  a: 1\n  b: 1\n", "m:\n  a: 1\n", "m:\n  b: 1\n");
    assert_eq!(text, "m: {}\n");
    let text = clean("a: 1\n", "# c\n", "a: 1\nb: 2\n");
    assert_eq!(text, "b: 2\n# c\n");
}

#[test]
fn a_block_of_one_side_takes_no_line_of_the_other_in() {
    let text = clean(
        "a: 1\nb: 1\n",
        "a: 1\n\n\n        # deep\nb: 2\n",
        "a: |+\n  x\n\nb: 1\n",
    );
    assert_eq!(text, "a: |+\n  x\n\n# deep\nb: 2\n");
}

#[test]
fn marks_of_a_document_stay_ours() {
    let text = clean(
        "---\na: 1\nb: 1\n...\n",
        "# top\n---\na: 2\nb: 1\n... # ours\n",
        "# other\n---\n# c\na: 1\nb: 2\n...\n# below\n",
    );
    assert_eq!(
        text,
        "# top\n---\n# other\n# c\na: 2\nb: 2\n# below\n... # ours\n"
    );
}

#[test]
fn one_side_alone_is_woven_to_its_own_bytes() {
    let theirs = BASE.replace("OLD: o\n", "").replace("user: u", "user: v");
    assert_eq!(woven(BASE, &theirs, BASE).unwrap(), theirs);
    assert_eq!(woven(BASE, BASE, &theirs).unwrap(), theirs);
    assert_eq!(woven(BASE, &theirs, &theirs).unwrap(), theirs);
}

#[test]
fn keys_behind_a_question_mark_have_lines_too() {
    let text = clean(
        "? a\n: 1\n# c\nb: 1\n",
        "? a\n: 2\n# c\nb: 1\n",
        "? a\n: 1\n# d\nb: 2\n? n\n:\n  x: 1\n",
    );
    assert_eq!(text, "? a\n: 2\n# d\nb: 2\n? n\n:\n  x: 1\n");
}

#[test]
fn large_documents_are_braided_as_small_ones() {
    let lines = |from: usize, to: usize| -> String {
        (from..to).map(|at| format!("# {at}\nk{at}: v\n")).collect()
    };
    let base = lines(0, 20_000);
    let ours = base.replace("k7: v", "k7: mine");
    let theirs = lines(0, 40_000);
    let text = clean(&base, &ours, &theirs);
    assert_eq!(text, theirs.replace("k7: v", "k7: mine"));
}
