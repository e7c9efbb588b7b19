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
        // `printf %q` of bash.
        escaped(text, is_special),
        ansi(text, is_unprinted, for_bash),
        ansi(text, |letter| !is_ascii_printed(letter), for_bash),
        // zsh: `printf %q`, `${(qqqq)…}`, and what `set`, `typeset -p` and `set -x` write; with UTF-8, and in the locale C.
        word_of_zsh(text, is_unprinted, |letter| vec![octal(letter)]),
        word_of_zsh(text, |letter| !is_ascii_printed(letter), octal_bytes),
        ansi(text, is_unprinted, for_zsh),
        ansi(text, |letter| !is_ascii_printed(letter), for_zsh),
        keys_of_zsh(text, true),
        keys_of_zsh(text, false),
        // fish: `string escape`, and what `set -S` shows.
        of_fish(text, |letter| " \"#$%&'()*;<>?[\\]{|}~".contains(letter)),
        of_fish(text, |letter| letter == '\\'),
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

/// What no shell writes as it is, also where it writes UTF-8.
fn is_unprinted(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// What every shell does.
fn is_ascii_printed(letter: char) -> bool {
    letter.is_ascii() && !letter.is_ascii_control()
}

/// The bytes of a letter, each as three octal digits.
fn octal(letter: char) -> Zeroizing<String> {
    let bytes = octal_bytes(letter);
    Zeroizing::new(bytes.iter().map(|byte| byte.as_str()).collect())
}

fn octal_bytes(letter: char) -> Vec<Zeroizing<String>> {
    let mut room = Zeroizing::new([0; 4]);
    let bytes = letter.encode_utf8(&mut *room).bytes();
    bytes
        .map(|byte| Zeroizing::new(format!("\\{byte:03o}")))
        .collect()
}

/// A control character that has a letter of its own in C.
fn named(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        _ => return None,
    })
}

/// What bash writes its own way between `$'` and `'`.
fn for_bash(letter: char) -> Option<&'static str> {
    (letter == '\u{1b}').then_some("\\E")
}

/// The same of zsh.
fn for_zsh(letter: char) -> Option<&'static str> {
    (letter == '!').then_some("\\!")
}

/// Between `$'` and `'`, with the bytes of what is not printed in octal: `declare -p` and `printf %q` of bash.
fn ansi(
    text: &str,
    is_octal: impl Fn(char) -> bool,
    own: impl Fn(char) -> Option<&'static str>,
) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 4));
    for letter in text.chars() {
        match own(letter).or(named(letter)) {
            Some(name) => form.push_str(name),
            None if matches!(letter, '\'' | '\\') => form.extend(['\\', letter]),
            None if is_octal(letter) => form.push_str(&octal(letter)),
            None => form.push(letter),
        }
    }
    form
}

/// A word of zsh that stands in no quotes, but for what is not printed: that has its own.
fn word_of_zsh(
    text: &str,
    is_octal: impl Fn(char) -> bool,
    octal: impl Fn(char) -> Vec<Zeroizing<String>>,
) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 8));
    for letter in text.chars() {
        match named(letter) {
            Some(name) => form.extend(["$'", name, "'"]),
            None if is_octal(letter) => {
                for part in octal(letter) {
                    form.extend(["$'", part.as_str(), "'"]);
                }
            }
            None => {
                if " \"#$&'()*;<>?[\\]^`{|}".contains(letter) {
                    form.push('\\');
                }
                form.push(letter);
            }
        }
    }
    form
}

/// Between `$'` and `'` as zsh writes it, with the keys that would type what is not printed: `\C-` for Control, `\M-` for Meta.
fn keys_of_zsh(text: &str, has_utf8: bool) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 6));
    for letter in text.chars() {
        match letter {
            '\t' => form.push_str("\\t"),
            '\n' => form.push_str("\\n"),
            '\'' | '\\' => form.extend(['\\', letter]),
            '\u{2028}' | '\u{2029}' if has_utf8 => {
                form.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            // By its number, which is one byte.
            letter if letter.is_control() && has_utf8 => {
                u8::try_from(letter)
                    .into_iter()
                    .for_each(|byte| push_key(&mut form, byte));
            }
            letter if is_ascii_printed(letter) || has_utf8 => form.push(letter),
            letter => letter
                .encode_utf8(&mut [0; 4])
                .bytes()
                .for_each(|byte| push_key(&mut form, byte)),
        }
    }
    form
}

fn push_key(form: &mut String, byte: u8) {
    if !byte.is_ascii() {
        form.push_str("\\M-");
    }
    let byte = byte & 0x7f;
    match byte.is_ascii_control() {
        true => {
            form.push_str("\\C-");
            form.push(char::from(byte ^ 0x40));
        }
        false => form.push(char::from(byte)),
    }
}

/// A word of fish, with a backslash before what is special and for control characters.
fn of_fish(text: &str, is_special: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 4));
    for letter in text.chars() {
        match letter {
            '\u{8}' => form.push_str("\\b"),
            '\t' => form.push_str("\\t"),
            '\n' => form.push_str("\\n"),
            '\r' => form.push_str("\\r"),
            '\u{1b}' => form.push_str("\\e"),
            '\u{1}'..='\u{1a}' => {
                form.push_str("\\c");
                form.extend(u8::try_from(letter).map(|byte| char::from(byte | 0x60)));
            }
            letter if letter.is_ascii_control() => {
                form.push_str(&format!("\\x{:02x}", u32::from(letter)));
            }
            letter if is_special(letter) => form.extend(['\\', letter]),
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
        // zsh 5.9, C and C.UTF-8: printf %q, ${(qqqq)…}, typeset -p
        let text = "p\u{f6} \u{82}\u{2028}\u{e7}\u{700}!\t\u{1b}\u{7f}\u{1}'";
        has(
            text,
            "p\u{f6}\\ $'\\302\\202'$'\\342\\200\\250'\u{e7}\u{700}!$'\\t'$'\\033'$'\\177'$'\\001'\\'",
        );
        has(
            text,
            r"p$'\303'$'\266'\ $'\302'$'\202'$'\342'$'\200'$'\250'$'\303'$'\247'$'\334'$'\200'!$'\t'$'\033'$'\177'$'\001'\'",
        );
        has(
            text,
            "p\u{f6} \\302\\202\\342\\200\\250\u{e7}\u{700}\\!\\t\\033\\177\\001\\'",
        );
        has(
            text,
            r"p\303\266 \302\202\342\200\250\303\247\334\200\!\t\033\177\001\'",
        );
        has(
            text,
            "p\u{f6} \\M-\\C-B\\u2028\u{e7}\u{700}!\\t\\C-[\\C-?\\C-A\\'",
        );
        has(
            text,
            r"p\M-C\M-6 \M-B\M-\C-B\M-b\M-\C-@\M-(\M-C\M-'\M-\\M-\C-@!\t\C-[\C-?\C-A\'",
        );
        // fish 3.6: string escape, set -S
        let text = "p\u{f6} '\\\"\t\n\r\u{8}\u{7}\u{1b}\u{1f}\u{7f}\u{82}~";
        has(
            text,
            "p\u{f6}\\ \\'\\\\\\\"\\t\\n\\r\\b\\cg\\e\\x1f\\x7f\u{82}\\~",
        );
        has(text, "p\u{f6} '\\\\\"\\t\\n\\r\\b\\cg\\e\\x1f\\x7f\u{82}~");
        // zsh 5.9: set
        has("a'\r\u{1b}\u{7f}\u{1}\t", r"a\'\C-M\C-[\C-?\C-A\t");
    }
}
