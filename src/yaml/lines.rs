//! Lines and blanks of a text: where the next thing begins.

/// Skips blanks, line breaks and comments.
pub(crate) fn skip_blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut offset = from;
    loop {
        match bytes.get(offset) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => offset += 1,
            Some(b'#') if offset == 0 || matches!(bytes[offset - 1], b' ' | b'\t' | b'\n') => {
                offset = next_line(text, offset)
            }
            _ => return offset,
        }
    }
}

/// The start of the line after the one of `offset`, or the end of the text.
pub(crate) fn next_line(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at + 1)
}

/// The start of the line of `offset`.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |at| at + 1)
}

/// Lines that a literal block needs for a value.
pub(crate) fn lines_of(value: &str) -> usize {
    value.bytes().filter(|b| *b == b'\n').count()
        + usize::from(!value.is_empty() && !value.ends_with('\n'))
}

/// Lines of a value behind the last that has more than blanks.
pub(crate) fn blank_lines_at_end(value: &str) -> usize {
    match value.rfind(|c| !is_blank(c)) {
        Some(last) => lines_of(&value[next_line(value, last)..]),
        None => lines_of(value),
    }
}

/// What a line may have that says nothing; other blanks of Unicode are text.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

pub(crate) fn lines_from(text: &str, start: usize, lines: usize) -> usize {
    (0..lines).fold(start, |offset, _| next_line(text, offset))
}

/// Gives blank lines at the end back to the layout.
pub(crate) fn without_blank_lines(text: &str, start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start {
        let line = line_start(text, end - 1).max(start);
        if !text[line..end].trim_matches(is_blank).is_empty() {
            break;
        }
        end = line;
    }
    end
}

/// Where `\/` stands in a double-quoted scalar.
pub(crate) fn escaped_slash(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut offset = 0;
    while offset < bytes.len() {
        match bytes[offset] {
            b'\\' if bytes.get(offset + 1) == Some(&b'/') => return Some(offset),
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
    None
}
