//! The canonical spelling of numbers: what a `Scalar` of type int or float holds.

/// Spells a float: the shortest digits that read back as the same number, never an exponent, always a
/// digit after the point; `.nan`, `.inf` and `-.inf` for what is no number.
///
/// ```
/// use vault::value::number::float_text;
/// assert_eq!(float_text(1e21), "1000000000000000000000.0");
/// assert_eq!(float_text(-0.0), "-0.0");
/// assert_eq!(float_text(1e-7), "0.0000001");
/// ```
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    // `Display` is shortest and free of exponents, as Go's `FormatFloat(f, 'f', -1, 64)` that SOPS uses.
    let mut text = value.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

/// Whether `text` is the canonical spelling of a whole number of 64 bits: no `+`, no leading zeros, no `-0`.
pub fn is_canonical_int(text: &str) -> bool {
    text.parse::<i64>()
        .is_ok_and(|value| value.to_string() == text)
}

/// Whether `text` is the canonical spelling of a float, as `float_text` writes it.
pub fn is_canonical_float(text: &str) -> bool {
    match text {
        ".nan" | ".inf" | "-.inf" => true,
        _ => decimal(text).is_some_and(|value| float_text(value) == text),
    }
}

/// Reads digits with a sign, a point and an exponent; `None` for words, and for what is too large for 64 bits.
pub fn decimal(text: &str) -> Option<f64> {
    let is_decimal = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes()
        .all(is_decimal)
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelled_as_sops_spells_them_but_never_like_an_int() {
        for (value, text) in [
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-0.0, "-0.0"),
            (1e3, "1000.0"),
            (1e21, "1000000000000000000000.0"),
            (1e-7, "0.0000001"),
            (123_456_789.123_456_79, "123456789.12345679"),
            (18_446_744_073_709_551_616.0, "18446744073709552000.0"),
            (f64::INFINITY, ".inf"),
            (f64::NEG_INFINITY, "-.inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(float_text(value), text);
            assert!(is_canonical_float(text));
        }
    }

    #[test]
    fn other_spellings_are_not_canonical() {
        for text in [
            "1", "1.", ".5", "1.50", "01.5", "+1.5", "1e3", "nan", "inf", "1.0 ", "",
        ] {
            assert!(!is_canonical_float(text), "{text}");
        }
        for text in [
            "007",
            "+1",
            "-0",
            "1.0",
            "",
            " 1",
            "9223372036854775808",
            "0x1",
        ] {
            assert!(!is_canonical_int(text), "{text}");
        }
        for text in ["0", "-7", "9223372036854775807", "-9223372036854775808"] {
            assert!(is_canonical_int(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_float_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            let text = float_text(value);
            proptest::prop_assert!(is_canonical_float(&text));
            if value.is_finite() {
                proptest::prop_assert_eq!(decimal(&text).unwrap().to_bits(), bits);
            }
        }

        #[test]
        fn every_int_is_canonical_as_rust_prints_it(value: i64) {
            proptest::prop_assert!(is_canonical_int(&value.to_string()));
        }
    }
}
