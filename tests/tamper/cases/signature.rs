//! The signature over the file: removed, of somebody else, of something else, of another form.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Case, case};
use crate::{
    base,
    edits::{below, flipped, line, once, value},
    world::{
        World, age_entries, content_signature, entries, signature_line, signed_by, with_age,
        with_entries, with_signature,
    },
};

pub(super) fn cases() -> Vec<Case> {
    [
        removed(),
        grafted(),
        by_others(),
        forged(),
        formed(),
        spelled(),
        written(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn block(text: &str) -> String {
    format!("    x-vault:\n{}", below(text, "x-vault:"))
}

fn removed() -> Vec<Case> {
    vec![
        case("signature-removed", |w| {
            once(w.prod(), signature_line(w.prod()), "")
        }),
        case("signature-emptied", |w| with_signature(w.prod(), "\"\"")),
        case("signature-nulled", |w| with_signature(w.prod(), "")),
        case("block-removed", |w| once(w.prod(), &block(w.prod()), "")),
        case("block-emptied", |w| {
            once(w.prod(), &block(w.prod()), "    x-vault: {}\n")
        }),
        case("block-nulled", |w| {
            once(w.prod(), &block(w.prod()), "    x-vault:\n")
        }),
        case("block-a-text", |w| {
            once(w.prod(), &block(w.prod()), "    x-vault: signed\n")
        }),
        case("block-renamed", |w| once(w.prod(), "x-vault:", "X-Vault:")),
        case("block-moved-out-of-the-metadata", |w| {
            let own = block(w.prod());
            let text = once(w.prod(), &own, "");
            format!(
                "{text}{}",
                own.lines()
                    .map(|line| format!("{}\n", &line[4..]))
                    .collect::<String>()
            )
        }),
        case("block-with-a-mark-of-a-merge", |w| {
            once(
                w.prod(),
                "        members:\n",
                "        unmerged: {theirs: x}\n        members:\n",
            )
        }),
    ]
}

fn grafted() -> Vec<Case> {
    let of = |name: &str, file: &'static str| {
        case(name, move |w| {
            with_signature(w.prod(), content_signature(w.file(file)))
        })
    };
    vec![
        of("signature-of-another-environment", "dev.yaml"),
        of("signature-of-another-repository", "elsewhere.yaml"),
        of("signature-of-an-older-version", "prod-older.yaml"),
        of("signature-from-before-a-removal", "prod-with-carol.yaml"),
        case("signature-of-a-log-entry", |w| {
            let own = line(&entries(w.prod())[3], "signature:").trim().to_owned();
            with_signature(w.prod(), own.trim_start_matches("signature: "))
        }),
        case("block-of-another-environment", |w| {
            once(w.prod(), &block(w.prod()), &block(w.file("dev.yaml")))
        }),
        case("block-of-another-repository", |w| {
            once(w.prod(), &block(w.prod()), &block(w.file("elsewhere.yaml")))
        }),
        case("block-from-before-a-removal", |w| {
            once(
                w.prod(),
                &block(w.prod()),
                &block(w.file("prod-with-carol.yaml")),
            )
        }),
    ]
}

/// A change, signed by somebody who may not.
fn by_others() -> Vec<Case> {
    let changed = |w: &World| value(w.prod(), "BLANK", "null");
    vec![
        case("signed-by-a-reader", |w| signed_by(w.prod(), "ci")),
        case("signed-by-a-removed-writer", |w| {
            signed_by(w.prod(), "carol")
        }),
        case("signed-by-a-stranger", |w| signed_by(w.prod(), "outsider")),
        case("changed-and-signed-by-a-reader", move |w| {
            signed_by(&changed(w), "ci")
        }),
        case("changed-and-signed-by-a-removed-writer", move |w| {
            signed_by(&changed(w), "carol")
        }),
        case(
            "signed-by-a-removed-writer-who-is-back-among-the-recipients",
            |w| {
                let mut age = age_entries(w.prod());
                age.insert(1, age_entries(w.file("prod-with-carol.yaml"))[1].clone());
                signed_by(&with_age(w.prod(), &age), "carol")
            },
        ),
        case("signed-by-a-stranger-under-the-key-of-a-writer", |w| {
            let forged = signed_by(w.prod(), "outsider");
            let mut blob = STANDARD.decode(content_signature(&forged)).expect("base64");
            let own = STANDARD
                .decode(content_signature(w.prod()))
                .expect("base64");
            // Version and length come before the key: 6 + 4 + 4 bytes, then its own length and algorithm, 4 + 11 + 4.
            blob[33..65].copy_from_slice(&own[33..65]);
            with_signature(w.prod(), &STANDARD.encode(blob))
        }),
    ]
}

/// Files that somebody with public keys makes from nothing.
fn forged() -> Vec<Case> {
    vec![
        case("forged-without-signature", |w| {
            w.file("forged.yaml").to_owned()
        }),
        case("forged-with-the-true-block", |w| {
            format!("{}{}", w.file("forged.yaml"), block(w.prod()))
        }),
        case("forged-with-the-true-log-signed-by-a-reader", |w| {
            signed_by(
                &format!("{}{}", w.file("forged.yaml"), block(w.prod())),
                "ci",
            )
        }),
        case("forged-with-the-true-log-signed-by-a-stranger", |w| {
            signed_by(
                &format!("{}{}", w.file("forged.yaml"), block(w.prod())),
                "outsider",
            )
        }),
        case(
            "forged-with-the-beginning-of-the-log-signed-by-a-stranger",
            |w| {
                let text = format!("{}{}", w.file("forged.yaml"), block(w.prod()));
                signed_by(&with_entries(&text, &entries(w.prod())[..3]), "outsider")
            },
        ),
    ]
}

fn decoded(world: &World) -> Vec<u8> {
    STANDARD
        .decode(content_signature(world.prod()))
        .expect("base64")
}

/// The signature with some of its bytes replaced.
fn with_bytes(world: &World, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut blob = decoded(world);
    change(&mut blob);
    with_signature(world.prod(), &STANDARD.encode(blob))
}

fn position(blob: &[u8], word: &str) -> usize {
    blob.windows(word.len())
        .position(|at| at == word.as_bytes())
        .expect("the word")
}

fn formed() -> Vec<Case> {
    vec![
        case("signature-changed", |w| {
            let own = content_signature(w.prod());
            with_signature(w.prod(), &flipped(own, own.len() - 20))
        }),
        case("signature-cut", |w| {
            with_bytes(w, |blob| blob.truncate(blob.len() - 3))
        }),
        case("signature-with-bytes-behind", |w| {
            with_bytes(w, |blob| blob.extend([0, 0, 0]))
        }),
        case("signature-of-another-version", |w| {
            with_bytes(w, |blob| blob[9] = 2)
        }),
        case("signature-with-a-reserved-field", |w| {
            with_bytes(w, |blob| {
                let reserved = position(blob, "vault-file") + "vault-file".len();
                blob[reserved + 3] = 1;
                blob.insert(reserved + 4, b'x');
            })
        }),
        case("signature-with-another-hash", |w| {
            with_bytes(w, |blob| {
                let hash = position(blob, "sha512");
                blob[hash..hash + 6].copy_from_slice(b"sha256");
            })
        }),
        case("signature-of-an-rsa-key", |w| {
            with_bytes(w, |blob| {
                let algorithm = position(blob, "ssh-ed25519");
                blob[algorithm..algorithm + 11].copy_from_slice(b"ssh-rsa\0\0\0\0");
            })
        }),
    ]
}

fn spelled() -> Vec<Case> {
    vec![
        case("signature-for-another-purpose", |w| {
            let key = base::identity("alice");
            let blob = key
                .signing_key()
                .sign("git", b"anything that alice has signed");
            with_signature(w.prod(), &blob.to_base64())
        }),
        case("signature-of-nothing", |w| {
            let key = base::identity("alice");
            let blob = key.signing_key().sign("vault-file", b"");
            with_signature(w.prod(), &blob.to_base64())
        }),
        case("signature-without-its-magic", |w| {
            with_bytes(w, |blob| blob[0] = b's')
        }),
    ]
}

fn written() -> Vec<Case> {
    vec![
        case("signature-a-word", |w| with_signature(w.prod(), "alice")),
        case("signature-a-number", |w| with_signature(w.prod(), "1")),
        case("signature-a-list", |w| {
            let own = content_signature(w.prod()).to_owned();
            with_signature(w.prod(), &format!("[{own}]"))
        }),
        case("signature-without-padding-or-with-too-much", |w| {
            with_signature(w.prod(), &format!("{}=", content_signature(w.prod())))
        }),
        case("signature-in-base64-of-urls", |w| {
            let own = content_signature(w.prod())
                .replace('+', "-")
                .replace('/', "_");
            with_signature(w.prod(), &own)
        }),
        case("signature-with-line-breaks", |w| {
            let own = content_signature(w.prod());
            with_signature(
                w.prod(),
                &format!("|\n            {}\n            {}", &own[..70], &own[70..]),
            )
        }),
        case("signature-armored", |w| {
            let own = content_signature(w.prod());
            let begin = "-----BEGIN SSH SIGNATURE-----";
            let end = "-----END SSH SIGNATURE-----";
            with_signature(
                w.prod(),
                &format!("|\n            {begin}\n            {own}\n            {end}"),
            )
        }),
        case("signature-with-a-comment", |w| {
            with_signature(
                w.prod(),
                &format!("{} # alice", content_signature(w.prod())),
            )
        }),
    ]
}
