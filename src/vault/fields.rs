//! Fields of any bytes, one behind the other: `<length>:<bytes>,`.

/// Appends a field.
pub(super) fn field(bytes: &mut Vec<u8>, content: &[u8]) {
    bytes.extend_from_slice(content.len().to_string().as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(content);
    bytes.push(b',');
}

/// What is left to read.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Fields(bytes)
    }

    /// The next field; `None` where there is no whole one.
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        let colon = self.0.iter().position(|byte| *byte == b':')?;
        let length = std::str::from_utf8(&self.0[..colon]).ok()?.parse().ok()?;
        let (content, rest) = self.0[colon + 1..].split_at_checked(length)?;
        self.0 = rest.strip_prefix(b",")?;
        Some(content)
    }

    /// Whether everything is read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
