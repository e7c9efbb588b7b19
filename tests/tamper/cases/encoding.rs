//! Ciphertexts in spellings and lengths that vault does not write.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Case, case};
use crate::{
    edits::{enc, field, flipped, once, with_field},
    world::World,
};

pub(super) fn cases() -> Vec<Case> {
    [fields(), shifted(), base64(), around()]
        .into_iter()
        .flatten()
        .collect()
}

/// The port, whose ciphertext is changed.
fn port(world: &World, change: impl Fn(&str) -> String) -> String {
    let old = enc(world.prod(), "PORT:");
    once(world.prod(), old, &change(old))
}

fn decoded(ciphertext: &str, name: &str) -> Vec<u8> {
    STANDARD.decode(field(ciphertext, name)).expect("base64")
}

fn with_bytes(ciphertext: &str, name: &str, bytes: &[u8]) -> String {
    with_field(ciphertext, name, &STANDARD.encode(bytes))
}

fn fields() -> Vec<Case> {
    vec![
        case("data-changed", |w| {
            port(w, |old| flipped(old, old.find("data:").expect("data") + 5))
        }),
        case("iv-changed", |w| {
            port(w, |old| flipped(old, old.find("iv:").expect("iv") + 3))
        }),
        case("tag-changed", |w| {
            port(w, |old| flipped(old, old.find("tag:").expect("tag") + 4))
        }),
        case("data-cut", |w| {
            port(w, |old| with_bytes(old, "data", &decoded(old, "data")[1..]))
        }),
        case("data-empty", |w| port(w, |old| with_field(old, "data", ""))),
        case("iv-short", |w| {
            port(w, |old| with_bytes(old, "iv", &decoded(old, "iv")[..12]))
        }),
        case("iv-of-sixteen-bytes", |w| {
            port(w, |old| with_bytes(old, "iv", &decoded(old, "iv")[..16]))
        }),
        case("iv-long", |w| {
            port(w, |old| {
                with_bytes(old, "iv", &[decoded(old, "iv"), vec![0]].concat())
            })
        }),
        case("iv-empty", |w| port(w, |old| with_field(old, "iv", ""))),
        case("tag-short", |w| {
            port(w, |old| with_bytes(old, "tag", &decoded(old, "tag")[..12]))
        }),
        case("tag-long", |w| {
            port(w, |old| {
                with_bytes(old, "tag", &[decoded(old, "tag"), vec![0]].concat())
            })
        }),
        case("tag-empty", |w| port(w, |old| with_field(old, "tag", ""))),
    ]
}

fn shifted() -> Vec<Case> {
    vec![
        case("tag-moved-into-data", |w| {
            port(w, |old| {
                let (mut data, tag) = (decoded(old, "data"), decoded(old, "tag"));
                data.extend_from_slice(&tag[..8]);
                with_bytes(&with_bytes(old, "data", &data), "tag", &tag[8..])
            })
        }),
        case("data-moved-into-tag", |w| {
            port(w, |old| {
                let (data, tag) = (decoded(old, "data"), decoded(old, "tag"));
                let (kept, moved) = data.split_at(data.len() - 2);
                with_bytes(
                    &with_bytes(old, "data", kept),
                    "tag",
                    &[moved, &tag].concat(),
                )
            })
        }),
        case("fields-in-another-order", |w| {
            port(w, |old| {
                let iv = format!("iv:{},", field(old, "iv"));
                once(
                    &once(old, &iv, ""),
                    "ENC[AES256_GCM,",
                    &format!("ENC[AES256_GCM,{iv}"),
                )
            })
        }),
        case("field-missing", |w| {
            port(w, |old| {
                once(old, &format!("tag:{},", field(old, "tag")), "")
            })
        }),
        case("field-added", |w| {
            port(w, |old| once(old, ",type:", ",note:x,type:"))
        }),
        case("field-twice", |w| {
            port(w, |old| once(old, ",type:int", ",type:int,type:int"))
        }),
    ]
}

fn base64() -> Vec<Case> {
    vec![
        case("base64-without-padding", |w| {
            port(w, |old| {
                with_field(old, "iv", field(old, "iv").trim_end_matches('='))
            })
        }),
        case("base64-with-more-padding", |w| {
            port(w, |old| {
                with_field(old, "iv", &format!("{}=", field(old, "iv")))
            })
        }),
        case("base64-of-urls", |w| {
            port(w, |old| {
                let iv = field(old, "iv").replace('+', "-").replace('/', "_");
                let iv = if iv.contains(['-', '_']) {
                    iv
                } else {
                    format!("-{}", &iv[1..])
                };
                with_field(old, "iv", &iv)
            })
        }),
        case("base64-with-spare-bits", |w| {
            // The last letter before the padding carries bits that no byte has.
            port(w, |old| {
                let iv = field(old, "iv");
                let last = iv.len() - 2;
                let other = char::from(iv.as_bytes()[last] + 1);
                with_field(old, "iv", &format!("{}{other}=", &iv[..last]))
            })
        }),
        case("base64-with-a-blank", |w| {
            port(w, |old| {
                with_field(old, "data", &format!("{} ", field(old, "data")))
            })
        }),
        case("base64-with-a-line-break", |w| {
            port(w, |old| format!("\"{}\"", old.replacen("iv:", "iv:\\n", 1)))
        }),
    ]
}

fn around() -> Vec<Case> {
    vec![
        case("text-after-the-bracket", |w| {
            port(w, |old| format!("{old} and more"))
        }),
        case("text-right-after-the-bracket", |w| {
            port(w, |old| format!("{old}x"))
        }),
        case("two-ciphertexts", |w| port(w, |old| format!("{old}{old}"))),
        case("text-before-the-bracket", |w| {
            port(w, |old| format!("x{old}"))
        }),
        case("prefix-in-lower-case", |w| {
            port(w, |old| once(old, "ENC[AES256_GCM", "enc[aes256_gcm"))
        }),
        case("another-cipher", |w| {
            port(w, |old| once(old, "AES256_GCM", "AES128_GCM"))
        }),
        case("bracket-missing", |w| {
            port(w, |old| format!("\"{}\"", old.trim_end_matches(']')))
        }),
        case("blank-after-a-comma", |w| {
            port(w, |old| old.replace(",iv:", ", iv:"))
        }),
        case("ciphertext-of-nothing", |w| {
            port(w, |_| "ENC[AES256_GCM,data:,iv:,tag:,type:str]".to_owned())
        }),
    ]
}
