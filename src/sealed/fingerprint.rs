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
