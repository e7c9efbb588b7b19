//! Text that holds secrets, written once into memory of exactly its size.

use std::mem;

use zeroize::Zeroizing;

use crate::secret::SecretString;

/// Takes text piece by piece.
pub(super) trait Sink {
    /// Appends `text`.
    fn put(&mut self, text: &str);
}

struct Length(usize);

impl Sink for Length {
    fn put(&mut self, text: &str) {
        self.0 += text.len();
    }
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// Collects what `emit` writes.
///
/// `emit` runs twice, first only to measure: a buffer that grew would leave unwiped copies of its beginnings behind.
pub(super) fn written(emit: impl Fn(&mut dyn Sink)) -> SecretString {
    let mut length = Length(0);
    emit(&mut length);
    let mut buffer = Zeroizing::new(String::with_capacity(length.0));
    emit(&mut *buffer);
    debug_assert_eq!(buffer.len(), length.0);
    // As long as it is large, so this moves the bytes and copies nothing.
    SecretString::from(mem::take(&mut *buffer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;

    #[test]
    fn what_is_written_is_what_was_put() {
        let text = written(|sink| {
            sink.put("a");
            sink.put("");
            sink.put("→b");
        });
        assert_eq!(text.expose_secret(), "a→b");
    }
}
