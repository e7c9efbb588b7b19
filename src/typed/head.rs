//! The lines on top of a buffer that are not the person's: the notice, and the problems of what was typed.

use zeroize::Zeroizing;

use super::Problem;
use crate::secret::SecretString;

/// Begins every line of vault's on top of a buffer.
const MARK: &[u8] = b"#|";
/// Begins the lines that tell problems.
const PROBLEM: &str = "#|! ";
/// The line that ends vault's part; anything that begins so is taken for it.
const RULE: &str = "#|----------------------------------------------------------------------------";
const RULE_START: &[u8] = b"#|---";
/// Problems that are told in a buffer; a longer list would hide the text.
const SHOWN: usize = 20;

/// Puts the notice above a text: what it is, what the caller has to say, a line for each, and how these lines are told from the text.
///
/// [`typed`] gives the text back byte for byte.
pub fn compose(notice: &[String], text: &str) -> SecretString {
    let mut out = String::new();
    push(&mut out, "#| ", "decrypted copy, do not save elsewhere");
    for line in notice {
        push(&mut out, "#| ", line);
    }
    push(
        &mut out,
        "#| ",
        "lines that begin with #| down to the next one are vault's, and are left out when this is saved",
    );
    out.push_str(RULE);
    out.push('\n');
    let mut whole = String::with_capacity(out.len() + text.len());
    whole.push_str(&out);
    whole.push_str(text);
    SecretString::from(whole)
}

/// Puts the problems of a buffer on its top, in the place of those that are told there already; what was typed stays byte for byte, whatever
/// it is.
///
/// Problems have their places in the typed text, as [`Document::parse`](crate::yaml::Document::parse) of it tells them; they are shown as lines of the
/// buffer that this returns. The first twenty are shown.
pub fn with_problems(buffer: &[u8], problems: &[Problem]) -> Zeroizing<Vec<u8>> {
    let (mark, head, text) = parts(buffer);
    let is_notice = |line: &&[u8]| !line.starts_with(PROBLEM.trim_end().as_bytes());
    let mut kept: Vec<&[u8]> = head
        .split_inclusive(|b| *b == b'\n')
        .filter(is_notice)
        .collect();
    let rule = format!("{RULE}\n");
    if kept.is_empty() {
        kept.push(rule.as_bytes());
    }
    let above = told(problems, 0).len() + kept.len();
    let mut out = Zeroizing::new(Vec::with_capacity(buffer.len() + 200 * (SHOWN + 2)));
    out.extend_from_slice(mark);
    for line in told(problems, above) {
        out.extend_from_slice(line.as_bytes());
    }
    for part in kept.into_iter().chain([text]) {
        out.extend_from_slice(part);
    }
    out
}

/// The lines that tell problems of a text that begins below so many lines.
fn told(problems: &[Problem], above: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |text: &str| {
        let mut out = String::new();
        push(&mut out, PROBLEM, text);
        lines.push(out);
    };
    line("not saved: correct this and save again, or leave the editor without saving");
    for problem in problems.iter().take(SHOWN) {
        line(&problem.in_a_buffer(above));
        if let Some(hint) = problem.hint() {
            line(&format!("    {hint}"));
        }
    }
    if let more @ 1.. = problems.len().saturating_sub(SHOWN) {
        line(&format!("and {more} more"));
    }
    lines
}

/// Appends one line; what would end it or do something to a terminal becomes a blank.
fn push(out: &mut String, mark: &str, text: &str) {
    out.push_str(mark);
    let is_odd = |c: char| c.is_control() || crate::value::is_format(c);
    out.extend(text.chars().map(|c| if is_odd(c) { ' ' } else { c }));
    out.truncate(out.trim_end().len());
    out.push('\n');
}

/// What was typed in a buffer: everything behind vault's own lines, byte for byte. Where the rule that ends these is missing, all of it.
pub fn typed(buffer: &str) -> &str {
    let (_, head, text) = parts(buffer.as_bytes());
    match head.is_empty() {
        true => buffer,
        // The head ends in a line break.
        false => &buffer[buffer.len() - text.len()..],
    }
}

/// A byte-order mark, vault's lines and what was typed. A mark above no lines of vault's is part of the text.
pub(super) fn parts(buffer: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let start = if buffer.starts_with(super::reading::BOM) {
        super::reading::BOM.len()
    } else {
        0
    };
    let mut at = start;
    for line in buffer[start..].split_inclusive(|b| *b == b'\n') {
        if !line.starts_with(MARK) {
            break;
        }
        at += line.len();
        if line.starts_with(RULE_START) {
            return (&buffer[..start], &buffer[start..at], &buffer[at..]);
        }
    }
    (&[], &[], buffer)
}

/// Whether lines of vault's are on top without the rule that ends them.
pub(super) fn lacks_rule(buffer: &[u8]) -> bool {
    let (_, head, text) = parts(buffer);
    let text = text.strip_prefix(super::reading::BOM).unwrap_or(text);
    head.is_empty() && text.starts_with(MARK) && !text.starts_with(super::theirs::MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;
    use crate::yaml::{Document, Place};
    use proptest::prelude::*;

    fn notice() -> Vec<String> {
        vec!["dev: read by alice\nand bob".to_owned(), String::new()]
    }

    fn problem(line: usize, column: usize) -> Problem {
        Problem::new("a mistake").at(Place { line, column })
    }

    const COMPOSED: &str = "\
#| decrypted copy, do not save elsewhere
#| dev: read by alice and bob
#|
#| lines that begin with #| down to the next one are vault's, and are left out when this is saved
#|----------------------------------------------------------------------------
# own
a: x
";

    #[test]
    fn the_notice_says_what_the_text_is_and_how_to_tell_it_apart() {
        let composed = compose(&notice(), "# own\na: x\n");
        assert_eq!(composed.expose_secret(), COMPOSED);
        assert_eq!(typed(COMPOSED), "# own\na: x\n");
    }

    #[test]
    fn problems_stand_on_top_with_the_lines_of_the_buffer() {
        let problems = [
            problem(2, 4),
            Problem::new("all of it").with_hint("do less\u{1b}[2J"),
        ];
        let buffer = with_problems(COMPOSED.as_bytes(), &problems);
        let expected = format!(
            "\
#|! not saved: correct this and save again, or leave the editor without saving
#|! line 11, column 4: a mistake
#|! all of it
#|!     do less [2J
{COMPOSED}"
        );
        let text = String::from_utf8(buffer.to_vec()).unwrap();
        assert_eq!(text, expected);
        assert_eq!(text.lines().nth(10), Some("a: x"));
        assert_eq!(typed(&text), "# own\na: x\n");
    }

    #[test]
    fn other_problems_take_the_place_of_the_old_ones() {
        let many: Vec<Problem> = (0..23).map(|line| problem(line + 1, 1)).collect();
        let first = with_problems(COMPOSED.as_bytes(), &many);
        let text = String::from_utf8(first.to_vec()).unwrap();
        assert!(
            text.contains("#|! line 28, column 1: a mistake\n"),
            "{text}"
        );
        assert!(text.contains("#|! line 47, column 1: a mistake\n#|! and 3 more\n#| decrypted"));
        let second = with_problems(&first, &many[..1]);
        let direct = with_problems(COMPOSED.as_bytes(), &many[..1]);
        assert_eq!(second, direct);
    }

    #[test]
    fn a_buffer_without_notice_gets_the_problems_and_the_rule() {
        for text in [&b"a: 1\n"[..], b"", b"\xff\xfe", b"#| own\n"] {
            let buffer = with_problems(text, &[problem(1, 1)]);
            let (_, head, rest) = parts(&buffer);
            assert_eq!(rest, text);
            let head = std::str::from_utf8(head).unwrap();
            assert!(head.contains("line 4, column 1"), "{head}");
            assert_eq!(head.lines().count(), 3);
        }
    }

    #[test]
    fn comments_of_ones_own_that_begin_like_ours_are_kept() {
        let own = "#| mine\n#| mine too\n#|---- and this\na: 1\n";
        let composed = compose(&[], own);
        assert_eq!(typed(composed.expose_secret()), own);
        // Without the rule nobody can tell, so nothing is taken out.
        let broken = COMPOSED.replace("#|---", "#| ---");
        assert_eq!(typed(&broken), broken);
        assert!(lacks_rule(broken.as_bytes()) && !lacks_rule(COMPOSED.as_bytes()));
        let gone: String = COMPOSED.lines().skip(5).collect();
        assert!(!lacks_rule(gone.as_bytes()));
    }

    #[test]
    fn what_stands_on_top_is_a_comment_for_every_reader() {
        let composed = compose(&notice(), "a: x\n");
        let buffer = with_problems(composed.expose_secret().as_bytes(), &[problem(1, 1)]);
        let document = Document::from_bytes(&buffer).unwrap();
        assert_eq!(document.root().unwrap().entries().count(), 1);
    }

    proptest! {
        #[test]
        fn what_was_typed_comes_back_byte_for_byte(
            text in proptest::collection::vec(any::<u8>(), 0..60),
            lines in "(#\\|[-! ]{0,4}[a-z\n\r]{0,4}|a: 1\n){0,8}",
            mark: bool,
        ) {
            let mut text = [lines.as_bytes(), &text].concat();
            if mark {
                text.splice(0..0, [0xef, 0xbb, 0xbf]);
            }
            let mut buffer = with_problems(&text, &[problem(3, 1)]);
            let expected = parts(&text).2.to_vec();
            for count in 0..3 {
                prop_assert_eq!(parts(&buffer).2, &expected);
                buffer = with_problems(&buffer, &vec![problem(1, 1); count]);
            }
        }

        #[test]
        fn a_composed_text_comes_back(text in "(?s).{0,40}", lines in "(#\\|-{0,4}[a-z\n]{0,4}){0,6}") {
            let text = lines + &text;
            let composed = compose(&notice(), &text);
            prop_assert_eq!(typed(composed.expose_secret()), text);
        }
    }
}
