//! What two people compare to know whether they mean one value.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    secret::DataKey,
    value::{EnvName, KeyPath, Scalar},
};

/// What the derived key is for.
const PURPOSE: &[u8] = b"vault/fingerprint/v1";

/// Few enough that many values have one fingerprint: nobody finds a value by it who could not ask for each.
const BYTES: usize = 4;

pub(super) fn of(key: &DataKey, environment: &EnvName, path: &KeyPath, scalar: &Scalar) -> String {
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, key.expose())
        .expand(PURPOSE, &mut derived[..])
        .expect("32 bytes are within the limit of HKDF");
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&derived[..]).expect("any length will do");
    let path = path.to_string();
    for part in [
        environment.as_str(),
        &path,
        scalar.kind().name(),
        scalar.expose(),
    ] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    let digest = mac.finalize().into_bytes();
    digest[..BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{secret::secret, value::Kind};

    fn fingerprint(key: u8, environment: &str, path: &str, scalar: &Scalar) -> String {
        let key = DataKey::from_bytes(&[key; 32]).unwrap();
        of(
            &key,
            &environment.parse().unwrap(),
            &path.parse().unwrap(),
            scalar,
        )
    }

    /// Made by twelve lines of Python (`hmac`, `hashlib`) from `docs/format.md`.
    #[test]
    fn it_is_what_the_page_of_the_format_says() {
        let value = Scalar::str("s3crét");
        assert_eq!(fingerprint(7, "dev", "db.password", &value), "bcd9c5cd");
    }

    #[test]
    fn data_key_environment_path_type_and_text_all_count() {
        let (text, number) = (Scalar::str("5"), Scalar::new(Kind::Int, secret("5")));
        let mut seen = std::collections::BTreeSet::from([fingerprint(7, "dev", "a.b", &text)]);
        for other in [
            fingerprint(8, "dev", "a.b", &text),
            fingerprint(7, "prod", "a.b", &text),
            fingerprint(7, "dev", "\"a.b\"", &text),
            fingerprint(7, "dev", "a.b", &number),
            fingerprint(7, "dev", "a.b", &Scalar::str("6")),
        ] {
            assert!(seen.insert(other));
        }
    }
}
