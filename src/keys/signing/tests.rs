use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use proptest::prelude::*;
use ssh_key::PrivateKey;

use super::*;
use crate::keys::{Identity, IdentityFile, samples::*};

const NAMESPACE: &str = "vault-file";
const MESSAGE: &[u8] = b"vault-file-v1\n{}";

fn alice() -> SigningKey {
    Identity::parse(ALICE_SECRET).unwrap().signing_key().clone()
}

fn dave() -> SigningKey {
    match IdentityFile::parse(DAVE_PEM.as_bytes()).unwrap() {
        IdentityFile::Open(identities) => identities[0].signing_key().clone(),
        IdentityFile::Locked(_) => panic!("not locked"),
    }
}

/// By a script in Python with `ssh-keygen -Y sign`, over the first entry of a log.
const OF_ALICE: &str = "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg7wTkYnocL5CfT/FKWx3rL7el7heU2oX/yrYy/b8PsEQAAAANdmF1bHQtbWVtYmVycwAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDl9WojY6LoOFdPfN267DhYuRjqusrogvtfP/zExAkjqB4S0odTNbmpfqsztqeEQcj+MqU8EF1N2NVgCsgmCXAG";

#[test]
fn the_signing_key_of_an_age_identity_is_the_derived_one() {
    assert_eq!(alice().verifying_key().to_string(), ALICE_SIGNS);
    let blob = SignatureBlob::from_base64(OF_ALICE).unwrap();
    assert_eq!(blob.claimed_key(), Some(alice().verifying_key()));
    assert_eq!(blob.to_base64(), OF_ALICE);
    assert_eq!(
        blob.verify(&alice().verifying_key(), NAMESPACE, b""),
        Err(SignatureError::Namespace)
    );
    assert_eq!(
        blob.verify(&alice().verifying_key(), "vault-members", b""),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn the_signing_key_of_an_ssh_identity_is_the_key_itself() {
    assert_eq!(dave().verifying_key().to_string(), DAVE_LINE);
}

#[test]
fn a_signature_holds_for_its_key_purpose_and_message_only() {
    let key = alice().verifying_key();
    let blob = alice().sign(NAMESPACE, MESSAGE);
    assert_eq!(key.verify(NAMESPACE, MESSAGE, blob.as_bytes()), Ok(()));
    for (namespace, message, error) in [
        ("vault-members", MESSAGE, SignatureError::Namespace),
        ("vault-fil", MESSAGE, SignatureError::Namespace),
        (NAMESPACE, b"vault-file-v1\n[]", SignatureError::Mismatch),
        (NAMESPACE, b"", SignatureError::Mismatch),
    ] {
        assert_eq!(key.verify(namespace, message, blob.as_bytes()), Err(error));
    }
    assert_eq!(
        dave()
            .verifying_key()
            .verify(NAMESPACE, MESSAGE, blob.as_bytes()),
        Err(SignatureError::OtherKey)
    );
}

#[test]
fn nothing_may_follow_the_blob() {
    let mut blob = alice().sign(NAMESPACE, MESSAGE).as_bytes().to_vec();
    blob.push(0);
    assert_eq!(SignatureBlob::parse(&blob), Err(SignatureError::Trailing));
    for text in [
        format!("{OF_ALICE} "),
        format!("{OF_ALICE}\n"),
        format!("\n{OF_ALICE}"),
        OF_ALICE[..OF_ALICE.len() - 1].to_owned(),
    ] {
        assert_eq!(
            SignatureBlob::from_base64(&text),
            Err(SignatureError::Base64)
        );
    }
    blob.resize(100_000, 0);
    assert_eq!(SignatureBlob::parse(&blob), Err(SignatureError::Form));
    assert_eq!(SignatureBlob::parse(b""), Err(SignatureError::Form));
}

/// The blob of these parts, by hand: what the encoder of the crate would not write.
fn by_hand(
    version: u32,
    key: &[u8],
    namespace: &str,
    reserved: &[u8],
    hash: &str,
    sig: &[u8],
) -> Vec<u8> {
    let mut blob = b"SSHSIG".to_vec();
    blob.extend(version.to_be_bytes());
    for part in [key, namespace.as_bytes(), reserved, hash.as_bytes(), sig] {
        blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        blob.extend(part);
    }
    blob
}

#[test]
fn blobs_of_other_versions_hashes_and_algorithms_are_refused() {
    let good = alice().sign(NAMESPACE, MESSAGE);
    let key = alice().verifying_key().blob();
    let sig = [
        b"\0\0\0\x0bssh-ed25519\0\0\0\x40".as_slice(),
        &good.signature.to_bytes(),
    ]
    .concat();
    assert_eq!(
        by_hand(1, &key, NAMESPACE, b"", "sha512", &sig),
        good.as_bytes()
    );
    let longer = [&sig[..], b"\0"].concat();
    let sk = [
        b"\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20".as_slice(),
        &[7; 32],
        b"\0\0\0\x04ssh:",
    ]
    .concat();
    let rsa_sig = [b"\0\0\0\x0crsa-sha2-512\0\0\0\x40".as_slice(), &[7; 64]].concat();
    let weak = [&key[..key.len() - 32], &[0; 32]].concat();
    for (blob, error) in [
        (
            by_hand(0, &key, NAMESPACE, b"", "sha512", &sig),
            SignatureError::Version(0),
        ),
        (
            by_hand(2, &key, NAMESPACE, b"", "sha512", &sig),
            SignatureError::Version(2),
        ),
        (
            by_hand(1, &key, "", b"", "sha512", &sig),
            SignatureError::Form,
        ),
        (
            by_hand(1, &key, NAMESPACE, b"x", "sha512", &sig),
            SignatureError::Reserved,
        ),
        (
            by_hand(1, &key, NAMESPACE, b"", "sha256", &sig),
            SignatureError::Hash,
        ),
        (
            by_hand(1, &key, NAMESPACE, b"", "sha512", &longer),
            SignatureError::Trailing,
        ),
        (
            by_hand(1, &key, NAMESPACE, b"", "sha512", &rsa_sig),
            SignatureError::Algorithm,
        ),
        (
            by_hand(1, &sk, NAMESPACE, b"", "sha512", &sig),
            SignatureError::Algorithm,
        ),
    ] {
        assert_eq!(SignatureBlob::parse(&blob), Err(error));
    }
    let of_nobody =
        SignatureBlob::parse(&by_hand(1, &weak, NAMESPACE, b"", "sha512", &sig)).unwrap();
    assert_eq!(of_nobody.claimed_key(), None);
    assert_eq!(
        of_nobody.verify(&alice().verifying_key(), NAMESPACE, b""),
        Err(SignatureError::OtherKey)
    );
    for hash in ["md5", "SHA512", ""] {
        let blob = by_hand(1, &key, NAMESPACE, b"", hash, &sig);
        assert!(SignatureBlob::parse(&blob).is_err());
    }
}

#[test]
fn a_second_signature_cannot_be_made_from_the_first() {
    // The group's order, little-endian (RFC 8032, section 5.1): S + L would verify where S does.
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut blob = alice().sign(NAMESPACE, MESSAGE).as_bytes().to_vec();
    let at = blob.len() - 32;
    let mut carry = 0;
    for (byte, l) in blob[at..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(l) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let verified = alice().verifying_key().verify(NAMESPACE, MESSAGE, &blob);
    assert_eq!(verified, Err(SignatureError::Mismatch));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_signature_verifies_and_no_flipped_bit_does(message: Vec<u8>, at in 0usize..1000, bit in 0u8..8) {
        let key = alice().verifying_key();
        let mut blob = alice().sign(NAMESPACE, &message).as_bytes().to_vec();
        prop_assert_eq!(key.verify(NAMESPACE, &message, &blob), Ok(()));
        let at = at % blob.len();
        blob[at] ^= 1 << bit;
        prop_assert!(key.verify(NAMESPACE, &message, &blob).is_err());
    }

    #[test]
    fn no_blob_makes_it_panic(mut blob: Vec<u8>) {
        let _ = SignatureBlob::parse(&blob);
        blob.splice(0..0, *b"SSHSIG\0\0\0\x01");
        let _ = SignatureBlob::parse(&blob);
    }
}

// What follows asks OpenSSH itself.

/// Whether a program that tests ask is there; without it they pass, unless VAULT_TEST_PEERS says `required`.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn has_ssh_keygen() -> bool {
    let found = Command::new("ssh-keygen")
        .arg("-?")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    #[expect(clippy::disallowed_methods, reason = "a switch for tests only")]
    let required = std::env::var("VAULT_TEST_PEERS").is_ok_and(|value| value == "required");
    assert!(found || !required, "ssh-keygen is missing");
    if !found {
        eprintln!("skipped: ssh-keygen is missing");
    }
    found
}

fn ssh_keygen(directory: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("ssh-keygen")
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn pem(blob: &SignatureBlob) -> String {
    let base64 = blob.to_base64();
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
}

#[test]
fn openssh_verifies_what_we_sign() {
    if !has_ssh_keygen() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for key in [alice(), dave()] {
        let allowed = format!("me@test {}\n", key.verifying_key());
        fs::write(directory.path().join("allowed"), allowed).unwrap();
        let signature = pem(&key.sign(NAMESPACE, MESSAGE));
        fs::write(directory.path().join("sig"), signature).unwrap();
        let verify = |message| {
            let args = [
                "-Y", "verify", "-f", "allowed", "-I", "me@test", "-n", NAMESPACE, "-s", "sig",
            ];
            ssh_keygen(directory.path(), &args, message)
        };
        let answer = verify(MESSAGE);
        assert!(answer.status.success(), "{answer:?}");
        assert!(answer.stdout.starts_with(b"Good \"vault-file\" signature"));
        assert!(!verify(b"something else").status.success());
    }
}

#[test]
fn we_verify_what_openssh_signs_and_it_is_the_same_blob() {
    if !has_ssh_keygen() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, DAVE_PEM).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let answer = ssh_keygen(
        directory.path(),
        &["-Y", "sign", "-f", "key", "-n", NAMESPACE, "-q"],
        MESSAGE,
    );
    assert!(answer.status.success(), "{answer:?}");
    let signed = SshSig::from_pem(&answer.stdout).unwrap();
    let mut blob = Vec::new();
    signed.encode(&mut blob).unwrap();
    assert_eq!(
        dave().verifying_key().verify(NAMESPACE, MESSAGE, &blob),
        Ok(())
    );
    assert_eq!(dave().sign(NAMESPACE, MESSAGE).as_bytes(), blob);
    // And the crate's own signer agrees.
    let own = PrivateKey::from_openssh(DAVE_PEM).unwrap();
    let own = own.sign(NAMESPACE, HashAlg::Sha512, MESSAGE).unwrap();
    assert_eq!(own, signed);
}

#[test]
fn the_signed_data_is_that_of_the_ssh_crate() {
    for message in [b"".as_slice(), MESSAGE] {
        let expected = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message).unwrap();
        assert_eq!(MessageDigest::of(message).signed_data(NAMESPACE), expected);
        let written = MessageDigest::written(|out| out.write_all(message).unwrap());
        assert_eq!(written.signed_data(NAMESPACE), expected);
    }
}
