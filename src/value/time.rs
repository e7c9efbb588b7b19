//! The canonical spelling of points in time: RFC 3339 with the shortest fraction, in the zone they were written in.

/// Reads a time as SOPS does, strictly by RFC 3339, and spells it canonically; `None` if it is none.
///
/// Upper-case `T` and `Z`, a real date of the years 0000 to 9999, no leap second, a zone below 24 hours. The fraction is
/// cut to nanoseconds and loses its trailing zeros; the zones `+00:00` and `-00:00` become `Z`
/// (Go 1.20 to 1.24, `time.Time.UnmarshalText`, and its `RFC3339Nano`).
///
/// ```
/// use vault::value::time::canonical_time;
/// assert_eq!(canonical_time("2001-12-14T21:59:43.10-05:00").as_deref(), Some("2001-12-14T21:59:43.1-05:00"));
/// assert_eq!(canonical_time("2024-01-01"), None);
/// ```
pub fn canonical_time(text: &str) -> Option<String> {
    let (clock, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    is_clock(clock.as_bytes()).then_some(())?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(zone_at);
    Some(format!("{clock}{}{}", short(fraction)?, zone_text(zone)?))
}

/// Whether `text` is spelled as `canonical_time` would.
pub fn is_canonical_time(text: &str) -> bool {
    canonical_time(text).is_some_and(|canonical| canonical == text)
}

/// `YYYY-MM-DDThh:mm:ss`, in range.
fn is_clock(clock: &[u8]) -> bool {
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, b)| clock[at] != b) {
        return false;
    }
    let field = |at: usize, len: usize| digits(&clock[at..at + len]);
    let (Some(year), Some(month), Some(day)) = (field(0, 4), field(5, 2), field(8, 2)) else {
        return false;
    };
    (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && field(11, 2).is_some_and(|hour| hour < 24)
        && field(14, 2).is_some_and(|minute| minute < 60)
        && field(17, 2).is_some_and(|second| second < 60)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number, b| {
        b.is_ascii_digit()
            .then(|| number * 10 + u32::from(b - b'0'))
    })
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Nothing, or `.` and what remains of the digits in nanoseconds without trailing zeros.
fn short(fraction: &str) -> Option<&str> {
    let Some(digits) = fraction.strip_prefix('.') else {
        return fraction.is_empty().then_some("");
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = fraction[..fraction.len().min(10)].trim_end_matches('0');
    Some(kept.trim_end_matches('.'))
}

fn zone_text(zone: &str) -> Option<&str> {
    if zone == "Z" {
        return Some(zone);
    }
    let bytes = zone.as_bytes();
    if bytes.len() != 6 || bytes[3] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(&bytes[1..3])?, digits(&bytes[4..6])?);
    match (hours, minutes) {
        (0, 0) => Some("Z"),
        (0..24, 0..60) => Some(zone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_with_the_shortest_fraction_in_their_own_zone() {
        for (text, canonical) in [
            ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            (
                "2001-12-14T21:59:43.10-05:00",
                "2001-12-14T21:59:43.1-05:00",
            ),
            ("2024-02-29T23:59:59.000+00:00", "2024-02-29T23:59:59Z"),
            (
                "2024-01-01T00:00:00.1234567891-00:00",
                "2024-01-01T00:00:00.123456789Z",
            ),
            ("0000-01-01T00:00:00.0+23:59", "0000-01-01T00:00:00+23:59"),
        ] {
            assert_eq!(canonical_time(text).as_deref(), Some(canonical));
            assert!(is_canonical_time(canonical));
            assert_eq!(is_canonical_time(text), text == canonical);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-01-01",
            "2024-1-01T00:00:00Z",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00,5Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+00:60",
            "2024-01-01T00:00:00+0000",
            "2024-01-01T00:00:00+00:00 ",
            "2024-01-01T00:00:00ZZ",
            "２024-01-01T00:00:00Z",
        ] {
            assert_eq!(canonical_time(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_its_answer_is_stable(text in "[-0-9T:.Z+é]{0,40}") {
            if let Some(canonical) = canonical_time(&text) {
                proptest::prop_assert!(is_canonical_time(&canonical));
            }
        }
    }
}
