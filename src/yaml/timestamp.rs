//! Timestamps as go-yaml recognises them in plain scalars.

/// The canonical spelling of a timestamp that go-yaml recognises (RFC 3339 with the shortest fraction and its own offset,
/// `Z` for UTC), or `None` where go-yaml sees no timestamp.
///
/// Recognised are `Y-M-DTh:m:s[.f](Z|±hh:mm)`, the same with `t`, `Y-M-D h:m:s[.f]` and `Y-M-D`; the year has four digits, the other
/// numbers one or two.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let mut reader = TimeReader { rest: text };
    let date = reader.date()?;
    if reader.rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let separator = reader.byte()?;
    let clock = reader.clock()?;
    let zone = match separator {
        b'T' | b't' => reader.zone()?,
        b' ' => "Z".to_owned(),
        _ => return None,
    };
    reader
        .rest
        .is_empty()
        .then(|| format!("{date}T{clock}{zone}"))
}

struct TimeReader<'a> {
    rest: &'a str,
}

impl TimeReader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.rest.as_bytes().first()?;
        self.rest = self.rest.get(1..)?;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then_some(())
    }

    /// Between `least` and `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self
            .rest
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if digits < least {
            return None;
        }
        let number = self.rest[..digits].parse().ok();
        self.rest = &self.rest[digits..];
        number
    }

    fn date(&mut self) -> Option<String> {
        let year = self.number(4, 4)?;
        self.expect(b'-')?;
        let month = self.number(1, 2)?;
        self.expect(b'-')?;
        let day = self.number(1, 2)?;
        (day >= 1 && day <= days_in(year, month)?).then(|| format!("{year:04}-{month:02}-{day:02}"))
    }

    fn clock(&mut self) -> Option<String> {
        let hour = self.number(1, 2)?;
        self.expect(b':')?;
        let minute = self.number(1, 2)?;
        self.expect(b':')?;
        let second = self.number(1, 2)?;
        let fraction = self.fraction()?;
        (hour < 24 && minute < 60 && second < 60)
            .then(|| format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
    }

    /// Go keeps nanoseconds and prints them without trailing zeros.
    fn fraction(&mut self) -> Option<String> {
        if !self.rest.starts_with(['.', ',']) {
            return Some(String::new());
        }
        let digits = self.rest[1..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        if digits == 0 {
            return None;
        }
        let kept = self.rest[1..=digits.min(9)].trim_end_matches('0');
        self.rest = &self.rest[1 + digits..];
        Some(match kept {
            "" => String::new(),
            kept => format!(".{kept}"),
        })
    }

    fn zone(&mut self) -> Option<String> {
        let sign = match self.byte()? {
            b'Z' => return Some("Z".to_owned()),
            b'+' => '+',
            b'-' => '-',
            _ => return None,
        };
        let hours = self.number(2, 2)?;
        self.expect(b':')?;
        let minutes = self.number(2, 2)?;
        if hours > 24 || minutes > 60 {
            return None;
        }
        Some(match (hours, minutes) {
            (0, 0) => "Z".to_owned(),
            _ => format!("{sign}{hours:02}:{minutes:02}"),
        })
    }
}

fn days_in(year: u32, month: u32) -> Option<u32> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    })
}
