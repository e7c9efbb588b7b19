//! What is encrypted for a scalar of each type, and hashed into the MAC: the same bytes that SOPS uses.

use std::mem;

use zeroize::Zeroizing;

use super::CipherError;
use crate::{
    secret::SecretString,
    value::{
        Form, Kind, Scalar,
        number::{decimal, float_text, is_canonical_int},
        time::canonical_time,
    },
};

/// The plaintext of a canonical scalar; a part of its text, or a word, so that nothing is copied.
///
/// Differs from the text for bool (`True`, `False`) and float (no `.0`; `NaN`, `+Inf`, `-Inf`): SOPS 3.13, `sops.go`, `ToBytes`.
pub(super) fn spell(scalar: &Scalar) -> &str {
    let text = scalar.expose();
    match (scalar.kind(), text) {
        (Kind::Bool, "true") => "True",
        (Kind::Bool, _) => "False",
        (Kind::Float, ".nan") => "NaN",
        (Kind::Float, ".inf") => "+Inf",
        (Kind::Float, "-.inf") => "-Inf",
        (Kind::Float, _) => text.strip_suffix(".0").unwrap_or(text),
        _ => text,
    }
}

/// Takes a decrypted plaintext over as a scalar.
pub(super) fn read(
    kind: Kind,
    mut plaintext: Zeroizing<String>,
    form: Form,
) -> Result<Scalar, CipherError> {
    if kind == Kind::Str {
        let text = SecretString::from(mem::take(&mut *plaintext));
        return Ok(Scalar::new(kind, text));
    }
    let wrong = CipherError::Spelling(kind);
    let text = canonical(kind, &plaintext).ok_or(wrong)?;
    let scalar = Scalar::new(kind, SecretString::from(text));
    // in a canonical file the value, written again, gives the same bytes.
    if form == Form::Canonical && spell(&scalar) != plaintext.as_str() {
        return Err(wrong);
    }
    Ok(scalar)
}

/// Reads what SOPS would take for the type, and spells it canonically.
fn canonical(kind: Kind, plaintext: &str) -> Option<String> {
    match kind {
        Kind::Bool => bool_text(plaintext).map(str::to_owned),
        Kind::Int if is_canonical_int(plaintext) => Some(plaintext.to_owned()),
        // Go's `Atoi` and Rust's `parse` agree: a sign, digits, leading zeros, nothing else.
        Kind::Int => plaintext.parse::<i64>().ok().map(|int| int.to_string()),
        Kind::Float => float(plaintext).map(float_text),
        Kind::Time => canonical_time(plaintext),
        Kind::Str | Kind::Null => None,
    }
}

/// The words of Go's `ParseBool`.
fn bool_text(plaintext: &str) -> Option<&'static str> {
    match plaintext {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some("true"),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some("false"),
        _ => None,
    }
}

/// Go's `ParseFloat`, but for hexadecimal floats and underscores, which no program is known to write.
fn float(plaintext: &str) -> Option<f64> {
    if plaintext.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let word = plaintext.strip_prefix(['+', '-']).unwrap_or(plaintext);
    if word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity") {
        return Some(if plaintext.starts_with('-') {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    decimal(plaintext)
}
