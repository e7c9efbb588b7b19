//! The type of a plain scalar, as go-yaml v3 sees it (and with it sops): neither YAML 1.1 nor 1.2, but a mix of both.
//!
//! Quoted and block scalars are always strings and never come here. The table in the tests was measured with go-yaml 3.0.4.

use std::borrow::Cow;

use super::timestamp::timestamp;
use crate::value::{Kind, number::float_text};

/// What a plain scalar means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// Its type.
    pub kind: Kind,
    /// The canonical spelling of its value (see `value::Scalar`).
    pub canonical: Cow<'a, str>,
}

/// A whole number above the signed 64-bit range and within the unsigned one: sops stops on it ("unknown type: uint64").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// Resolves a plain scalar.
///
/// # Errors
///
/// [`TooLarge`] for whole numbers from 2^63 to 2^64-1.
pub fn resolve(plain: &str) -> Result<Resolved<'_>, TooLarge> {
    if let Some(word) = word(plain) {
        return Ok(word);
    }
    let Some(first) = plain.bytes().next() else {
        return Ok(of(Kind::Null, ""));
    };
    match first {
        b'.' => Ok(float(plain).unwrap_or_else(|| text(plain))),
        b'0'..=b'9' | b'+' | b'-' => number(plain),
        _ => Ok(text(plain)),
    }
}

fn of<'a>(kind: Kind, canonical: impl Into<Cow<'a, str>>) -> Resolved<'a> {
    Resolved {
        kind,
        canonical: canonical.into(),
    }
}

fn text(plain: &str) -> Resolved<'_> {
    of(Kind::Str, plain)
}

fn word(plain: &str) -> Option<Resolved<'static>> {
    Some(match plain {
        "true" | "True" | "TRUE" => of(Kind::Bool, "true"),
        "false" | "False" | "FALSE" => of(Kind::Bool, "false"),
        "" | "~" | "null" | "Null" | "NULL" => of(Kind::Null, ""),
        ".nan" | ".NaN" | ".NAN" => of(Kind::Float, ".nan"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => of(Kind::Float, ".inf"),
        "-.inf" | "-.Inf" | "-.INF" => of(Kind::Float, "-.inf"),
        _ => return None,
    })
}

fn number(plain: &str) -> Result<Resolved<'_>, TooLarge> {
    if let Some(time) = timestamp(plain) {
        return Ok(of(Kind::Time, time));
    }
    let digits = without_underscores(plain);
    match integer(&digits) {
        Some(Whole::Signed(number)) => return Ok(of(Kind::Int, number.to_string())),
        Some(Whole::Unsigned) => return Err(TooLarge),
        None => {}
    }
    Ok(float(plain).unwrap_or_else(|| text(plain)))
}

fn without_underscores(plain: &str) -> Cow<'_, str> {
    match plain.contains('_') {
        true => plain.replace('_', "").into(),
        false => plain.into(),
    }
}

enum Whole {
    Signed(i64),
    Unsigned,
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`, then go-yaml's own `0b` and `0o` with a sign after the prefix.
fn integer(text: &str) -> Option<Whole> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(number) = magnitude(unsigned) {
        return signed(number, negative).map(Whole::Signed).or_else(|| {
            // ParseUint takes no sign.
            (unsigned.len() == text.len()).then_some(Whole::Unsigned)
        });
    }
    sign_after_prefix(text).map(Whole::Signed)
}

fn magnitude(unsigned: &str) -> Option<u64> {
    let bytes = unsigned.as_bytes();
    let (radix, digits) = match bytes {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

fn signed(number: u64, negative: bool) -> Option<i64> {
    match negative {
        true => 0i64.checked_sub_unsigned(number),
        false => i64::try_from(number).ok(),
    }
}

/// `0b+1`, `0o+1`, `-0b+1`: go-yaml cuts the prefix off and calls ParseInt on the rest, which may begin with a sign.
fn sign_after_prefix(text: &str) -> Option<i64> {
    let prefixed = |prefix: &str, radix| {
        let rest = text.strip_prefix(prefix)?;
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        i64::from_str_radix(rest, radix).ok()
    };
    let negated = |prefix: &str, radix| {
        let rest = text.strip_prefix(prefix)?;
        i64::from_str_radix(&format!("-{rest}"), radix).ok()
    };
    prefixed("0b", 2)
        .or_else(|| negated("-0b", 2))
        .or_else(|| prefixed("0o", 8))
        .or_else(|| negated("-0o", 8))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within range.
fn float(plain: &str) -> Option<Resolved<'static>> {
    let text = without_underscores(plain);
    if !has_float_shape(&text) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number
        .is_finite()
        .then(|| of(Kind::Float, float_text(number)))
}

fn has_float_shape(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, part)) => {
            is_digits(whole) && is_digits(part) && !(whole.is_empty() && part.is_empty())
        }
        None => !mantissa.is_empty() && is_digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_resolve_as_go_yaml_resolves_them() {
        use Kind::*;
        let table: &[(&str, Kind, &str)] = &[
            ("yes", Str, "yes"),
            ("no", Str, "no"),
            ("on", Str, "on"),
            ("off", Str, "off"),
            ("y", Str, "y"),
            ("n", Str, "n"),
            ("Yes", Str, "Yes"),
            ("ON", Str, "ON"),
            ("true", Bool, "true"),
            ("True", Bool, "true"),
            ("TRUE", Bool, "true"),
            ("false", Bool, "false"),
            ("FALSE", Bool, "false"),
            ("tRue", Str, "tRue"),
            ("~", Null, ""),
            ("null", Null, ""),
            ("Null", Null, ""),
            ("NULL", Null, ""),
            ("", Null, ""),
            ("nULL", Str, "nULL"),
            ("017", Int, "15"),
            ("0o17", Int, "15"),
            ("-0o17", Int, "-15"),
            ("0o+1", Int, "1"),
            ("0b101", Int, "5"),
            ("-0b1", Int, "-1"),
            ("+0b1", Int, "1"),
            ("0b+1", Int, "1"),
            ("0B11", Int, "3"),
            ("-0x1F", Int, "-31"),
            ("+0x1F", Int, "31"),
            ("0X1F", Int, "31"),
            ("0x1F", Int, "31"),
            ("1_000", Int, "1000"),
            ("1__0", Int, "10"),
            ("1_000.5", Float, "1000.5"),
            (".5_1", Float, "0.51"),
            ("08", Float, "8.0"),
            ("09", Float, "9.0"),
            ("18446744073709551616", Float, "18446744073709552000.0"),
            ("-9223372036854775808", Int, "-9223372036854775808"),
            ("-9223372036854775809", Float, "-9223372036854776000.0"),
            ("9223372036854775807", Int, "9223372036854775807"),
            ("1e999", Str, "1e999"),
            ("1e400", Str, "1e400"),
            ("0x1p3", Str, "0x1p3"),
            ("1:30", Str, "1:30"),
            ("0x", Str, "0x"),
            ("1e", Str, "1e"),
            ("1.", Float, "1.0"),
            (".5", Float, "0.5"),
            ("+.inf", Float, ".inf"),
            ("-.INF", Float, "-.inf"),
            (".nan", Float, ".nan"),
            ("1e3", Float, "1000.0"),
            ("-0.0", Float, "-0.0"),
            ("1e21", Float, "1000000000000000000000.0"),
            ("1e-7", Float, "0.0000001"),
            ("2001-1-1", Time, "2001-01-01T00:00:00Z"),
            ("2001-12-14", Time, "2001-12-14T00:00:00Z"),
            ("2001-12-14 21:59:43", Time, "2001-12-14T21:59:43Z"),
            (
                "2001-12-14t21:59:43.10-05:00",
                Time,
                "2001-12-14T21:59:43.1-05:00",
            ),
            ("2001-12-14T21:59:43Z", Time, "2001-12-14T21:59:43Z"),
            (
                "2001-12-14 21:59:43 +01:00",
                Str,
                "2001-12-14 21:59:43 +01:00",
            ),
            (
                "2001-12-14 21:59:43.10 -5",
                Str,
                "2001-12-14 21:59:43.10 -5",
            ),
            ("2001-02-30", Str, "2001-02-30"),
            ("2001-02-29", Str, "2001-02-29"),
            ("2000-02-29", Time, "2000-02-29T00:00:00Z"),
            ("<<", Str, "<<"),
            ("=", Str, "="),
            ("12:30:45", Str, "12:30:45"),
            ("0.1.2", Str, "0.1.2"),
            ("0", Int, "0"),
            ("-0", Int, "0"),
            ("+1", Int, "1"),
            ("-", Str, "-"),
            ("+", Str, "+"),
            (".", Str, "."),
            ("1e3x", Str, "1e3x"),
            ("5432", Int, "5432"),
            ("3.13.3", Str, "3.13.3"),
            ("0b2", Str, "0b2"),
            ("0o8", Str, "0o8"),
            ("0xg", Str, "0xg"),
            ("_1", Str, "_1"),
            ("é", Str, "é"),
        ];
        for (plain, kind, canonical) in table {
            assert_eq!(
                resolve(plain),
                Ok(Resolved {
                    kind: *kind,
                    canonical: (*canonical).into()
                }),
                "{plain}"
            );
        }
    }

    #[test]
    fn whole_numbers_that_only_fit_without_a_sign_are_refused() {
        for plain in [
            "9223372036854775808",
            "18446744073709551615",
            "0xffffffffffffffff",
        ] {
            assert_eq!(resolve(plain), Err(TooLarge), "{plain}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_spelling_resolves_to_itself(plain in "[-+.0-9eExob_:TZ ]{0,12}") {
            let Ok(resolved) = resolve(&plain) else { return Ok(()) };
            let again = resolve(&resolved.canonical);
            proptest::prop_assert_eq!(again, Ok(resolved.clone()), "{} -> {}", plain, resolved.canonical);
        }
    }
}
