//! Changes of text, as somebody without a key makes them. Each says what it needs to find, so that a case cannot miss its aim unnoticed.

/// Replaces the only occurrence.
#[track_caller]
pub(crate) fn once(text: &str, from: &str, to: &str) -> String {
    assert_eq!(
        text.matches(from).count(),
        1,
        "{from:?} stands not once in\n{text}"
    );
    text.replace(from, to)
}

/// Exchanges two pieces that stand once each.
#[track_caller]
pub(crate) fn exchange(text: &str, one: &str, other: &str) -> String {
    let marked = once(text, one, "\u{1}");
    once(&once(&marked, other, one), "\u{1}", other)
}

/// The only line that begins so after its indentation, with its line end.
#[track_caller]
pub(crate) fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let mut found = text
        .split_inclusive('\n')
        .filter(|line| line.trim_start_matches(' ').starts_with(start));
    let line = found
        .next()
        .unwrap_or_else(|| panic!("no line {start:?} in\n{text}"));
    assert!(found.next().is_none(), "a second line {start:?} in\n{text}");
    line
}

/// Without that line.
#[track_caller]
pub(crate) fn without(text: &str, start: &str) -> String {
    once(text, line(text, start), "")
}

/// Something put before that line.
#[track_caller]
pub(crate) fn before(text: &str, start: &str, more: &str) -> String {
    let line = line(text, start);
    once(text, line, &format!("{more}{line}"))
}

/// Something put after that line.
#[track_caller]
pub(crate) fn after(text: &str, start: &str, more: &str) -> String {
    let line = line(text, start);
    once(text, line, &format!("{line}{more}"))
}

/// That line with another value behind its key; a comment at its end goes.
#[track_caller]
pub(crate) fn value(text: &str, key: &str, written: &str) -> String {
    let line = line(text, &format!("{key}:"));
    let head = line.find(key).expect("the key") + key.len() + 1;
    let gap = if written.is_empty() { "" } else { " " };
    once(text, line, &format!("{}{gap}{written}\n", &line[..head]))
}

/// The first ciphertext of a line.
#[track_caller]
pub(crate) fn enc<'t>(text: &'t str, start: &str) -> &'t str {
    sealed(line(text, start))
}

/// The first ciphertext in a piece of text.
#[track_caller]
pub(crate) fn sealed(text: &str) -> &str {
    let start = text.find("ENC[").expect("a ciphertext");
    let end = start + text[start..].find(']').expect("its end") + 1;
    &text[start..end]
}

/// One of the four fields of a ciphertext: `data`, `iv`, `tag`, `type`.
#[track_caller]
pub(crate) fn field<'t>(ciphertext: &'t str, name: &str) -> &'t str {
    let start = ciphertext.find(&format!("{name}:")).expect("the field") + name.len() + 1;
    let length = ciphertext[start..].find([',', ']']).expect("its end");
    &ciphertext[start..start + length]
}

/// A ciphertext with another field.
#[track_caller]
pub(crate) fn with_field(ciphertext: &str, name: &str, text: &str) -> String {
    let old = format!("{name}:{}", field(ciphertext, name));
    once(ciphertext, &old, &format!("{name}:{text}"))
}

/// The lines below a line that stand further right.
#[track_caller]
pub(crate) fn below<'t>(text: &'t str, start: &str) -> &'t str {
    let line = line(text, start);
    let indent = line.len() - line.trim_start_matches(' ').len();
    let from = line.as_ptr() as usize - text.as_ptr() as usize + line.len();
    let is_below = |line: &&str| line.len() - line.trim_start_matches(' ').len() > indent;
    let length: usize = text[from..]
        .split_inclusive('\n')
        .take_while(is_below)
        .map(str::len)
        .sum();
    &text[from..from + length]
}

/// The items of a block list whose dashes stand at a column, each with its lines and the comments above it.
pub(crate) fn items(block: &str, column: usize) -> Vec<String> {
    let dash = format!("{}- ", " ".repeat(column));
    let mut items: Vec<String> = Vec::new();
    let mut is_complete = true;
    for line in block.split_inclusive('\n') {
        let begins = line.starts_with(&dash);
        let is_comment = line.trim_start_matches(' ').starts_with('#');
        if is_complete && (begins || is_comment) || items.is_empty() {
            items.push(String::new());
            is_complete = false;
        }
        items.last_mut().expect("just begun").push_str(line);
        is_complete = begins || (is_complete && !is_comment);
    }
    items
}

/// The other letter or digit that stands where another file could have it.
pub(crate) fn flipped(text: &str, at: usize) -> String {
    let other = match &text[at..=at] {
        "A" => "B",
        "a" => "b",
        "0" => "1",
        letter if letter.chars().all(char::is_uppercase) => "A",
        letter if letter.chars().all(char::is_lowercase) => "a",
        letter if letter.chars().all(|c| c.is_ascii_digit()) => "0",
        _ => "a",
    };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}
