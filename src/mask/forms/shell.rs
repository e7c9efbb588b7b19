//! How shells and what is written for them quote a word: without what stands around it.

use zeroize::Zeroizing;

/// A text as the inside of a quoted word, in each way that differs; in no order.
pub(super) fn quoted(text: &str) -> Vec<Zeroizing<String>> {
    let replaced = |quote: &str| Zeroizing::new(text.replace('\'', quote));
    vec![
        // `set -x` of bash and dash, `declare -p` of zsh.
        replaced(r"'\''"),
        // Python's `shlex.quote`.
        replaced(r#"'"'"'"#),
        unopened(grouped(text, "'\"", "\"'", "'"), '\''),
        // `set -x` and `export -p` of zsh.
        unopened(grouped(text, "'", "'", "\\'"), '\''),
        // PowerShell, SQL, YAML.
        replaced("''"),
        // fish.
        escaped(text, |letter, _| matches!(letter, '\'' | '\\')),
        // Between double quotes: `declare -p` of bash, `export -p`.
        escaped(text, |letter, _| matches!(letter, '"' | '\\' | '$' | '`')),
        // `printf %q` of bash, the same of zsh, `string escape` of fish.
        escaped(text, is_special),
        escaped(text, |letter, _| " \"#$&'()*;<>?[\\]^`{|}".contains(letter)),
        escaped(text, |letter, _| " \"#$%&'()*;<>?[\\]{|}~".contains(letter)),
        ansi(text, |letter| letter.is_control()),
        ansi(text, |letter| letter.is_control() || !letter.is_ascii()),
        of_zsh(text),
    ]
}

/// Quotes in a row between one pair of what ends and what begins the quoted part anew, each as `quote`: `set` of dash, `set -x` of zsh.
fn grouped(text: &str, end: &str, start: &str, quote: &str) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 2));
    let mut is_within = false;
    for letter in text.chars() {
        if (letter == '\'') != is_within {
            form.push_str(if is_within { start } else { end });
            is_within = !is_within;
        }
        match letter {
            '\'' => form.push_str(quote),
            letter => form.push(letter),
        }
    }
    if is_within {
        form.push_str(start);
    }
    form
}

/// A quoted part that would be empty at the end is not begun.
fn unopened(mut form: Zeroizing<String>, quote: char) -> Zeroizing<String> {
    if form.ends_with(quote) {
        form.pop();
    }
    form
}

fn escaped(text: &str, is_special: impl Fn(char, Option<char>) -> bool) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 2));
    let mut before = None;
    for letter in text.chars() {
        if is_special(letter, before) {
            form.push('\\');
        }
        form.push(letter);
        before = Some(letter);
    }
    form
}

/// What bash puts a backslash before. That of a `#` or `~` at the beginning is no part of the value.
fn is_special(letter: char, before: Option<char>) -> bool {
    " !\"$&'()*,;<>?[\\]^`{|}".contains(letter)
        || (letter == '~' && matches!(before, Some('=' | ':')))
}

/// Between `$'` and `'`, with the bytes of what is not printed in octal: `declare -p` and `printf %q` of bash.
fn ansi(text: &str, is_octal: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 2));
    for letter in text.chars() {
        match letter {
            '\u{7}' => form.push_str("\\a"),
            '\u{8}' => form.push_str("\\b"),
            '\t' => form.push_str("\\t"),
            '\n' => form.push_str("\\n"),
            '\u{b}' => form.push_str("\\v"),
            '\u{c}' => form.push_str("\\f"),
            '\r' => form.push_str("\\r"),
            '\u{1b}' => form.push_str("\\E"),
            '\'' | '\\' => form.extend(['\\', letter]),
            letter if is_octal(letter) => {
                for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                    form.push_str(&format!("\\{byte:03o}"));
                }
            }
            letter => form.push(letter),
        }
    }
    form
}

/// The same as zsh writes it: control characters by their keys.
fn of_zsh(text: &str) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 2));
    for letter in text.chars() {
        match letter {
            '\t' => form.push_str("\\t"),
            '\n' => form.push_str("\\n"),
            '\'' | '\\' => form.extend(['\\', letter]),
            letter if letter.is_ascii_control() => {
                form.push_str("\\C-");
                form.extend(u8::try_from(letter).map(|byte| char::from(byte ^ 0x40)));
            }
            letter => form.push(letter),
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(text: &str, form: &str) {
        let forms = quoted(text);
        assert!(
            forms.iter().any(|it| it.as_str() == form),
            "{form}: {forms:?}"
        );
    }

    #[test]
    fn quoted_words_are_those_of_shells() {
        has("it's it", r"it'\''s it");
        has("it's it", r#"it'"'"'s it"#);
        has("it''s", r#"it'"'"''"'"'s"#);
        // dash
        has("a''b'c'", r##"a'"''"'b'"'"'c'"'""##);
        // zsh 5.9: set -x, export -p
        has("a''b'c'", r"a'\'\''b'\''c'\'");
        // zsh 5.9: printf %q
        has("p#w, r{d}1'", r"p\#w,\ r\{d\}1\'");
        // fish 3.6: string escape
        has("pw'r d#1%2~3", r"pw\'r\ d\#1\%2\~3");
        has("it's it", "it''s it");
        has("it's\\", r"it\'s\\");
        has("a\"b$c`\\", "a\\\"b\\$c\\`\\\\");
        // bash 5.2: printf %q
        has("pass word1", r"pass\ word1");
        has(
            "a !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~",
            r##"a\ \!\"#\$%\&\'\(\)\*+\,-./09:\;\<=\>\?@AZ\[\\\]\^_\`az\{\|\}~"##,
        );
        has("a=~b", r"a=\~b");
        // bash 5.2: declare -p, with LC_ALL=C and with C.UTF-8
        has("passw\u{f6}rd\tx", r"passw\303\266rd\tx");
        has("passw\u{f6}rd\tx", "passw\u{f6}rd\\tx");
        has("a'\u{1b}\u{7f}\u{1}", r"a\'\E\177\001");
        // zsh 5.9: set
        has("a'\r\u{1b}\u{7f}\u{1}\t", r"a\'\C-M\C-[\C-?\C-A\t");
    }
}
