//! Timestamps as go-yaml recognises them in plain scalars.

use crate::value::time::canonical_time;

/// The canonical spelling of a timestamp that go-yaml recognises, or `None` where it sees none.
///
/// Recognised are `Y-M-DTh:m:s[.f](Z|±hh:mm)`, the same with `t`, `Y-M-D h:m:s[.f]` (UTC) and `Y-M-D`; the year has four digits, the other
/// numbers one or two.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let (date, rest) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit() && c != '-')
            .unwrap_or(text.len()),
    );
    let date = padded(date, '-', &[4, 2, 2])?;
    let (clock, zone) = match rest.as_bytes().first() {
        None => ("0:0:0", "Z"),
        Some(b' ') => (&rest[1..], "Z"),
        Some(b'T' | b't') => rest[1..].split_at_checked(rest[1..].find(['Z', '+', '-'])?)?,
        Some(_) => return None,
    };
    let (clock, fraction) = clock.split_at(clock.find(['.', ',']).unwrap_or(clock.len()));
    let clock = padded(clock, ':', &[2, 2, 2])?;
    canonical_time(&format!(
        "{date}T{clock}{}{zone}",
        fraction.replace(',', ".")
    ))
}

/// Numbers with a separator, each filled up with zeros; only the first of four digits may not be shorter.
fn padded(text: &str, separator: char, widths: &[usize]) -> Option<String> {
    let numbers: Vec<&str> = text.split(separator).collect();
    let fits = |(number, width): (&&str, &usize)| {
        let is_long_enough = if *width == 4 {
            number.len() == 4
        } else {
            !number.is_empty()
        };
        is_long_enough && number.len() <= *width && number.bytes().all(|b| b.is_ascii_digit())
    };
    if numbers.len() != widths.len() || !numbers.iter().zip(widths).all(fits) {
        return None;
    }
    let filled: Vec<String> = numbers
        .iter()
        .zip(widths)
        .map(|(number, width)| format!("{number:0>width$}"))
        .collect();
    Some(filled.join(&separator.to_string()))
}
