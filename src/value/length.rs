//! How long a value is, said so coarsely that it tells nobody anything that the ciphertext does not.

use std::fmt;

/// A class of lengths, in bytes of the value's text. The bounds are vault's own choice: far enough apart that a class is no clue to one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Length {
    /// Nothing: the empty text and null.
    Empty,
    /// 1 to 15 bytes: a port, a flag, a name.
    Short,
    /// 16 to 63 bytes: a password, a token.
    Medium,
    /// 64 to 1,023 bytes: an address with credentials, a signed token.
    Long,
    /// 1,024 bytes and more: a private key, a certificate, a document.
    VeryLong,
}

impl Length {
    /// The class of so many bytes.
    pub fn of(bytes: usize) -> Self {
        match bytes {
            0 => Length::Empty,
            1..=15 => Length::Short,
            16..=63 => Length::Medium,
            64..=1_023 => Length::Long,
            _ => Length::VeryLong,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Length::Empty => "empty",
            Length::Short => "short",
            Length::Medium => "medium",
            Length::Long => "long",
            Length::VeryLong => "very long",
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_meet_at_their_bounds() {
        let names =
            [0, 1, 15, 16, 63, 64, 1_023, 1_024, 1 << 20].map(|bytes| Length::of(bytes).name());
        let expected = [
            "empty",
            "short",
            "short",
            "medium",
            "medium",
            "long",
            "long",
            "very long",
            "very long",
        ];
        assert_eq!(names, expected);
    }
}
