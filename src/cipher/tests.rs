mod oracle;

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use crate::{
    secret::{ExposeSecret, secret},
    value::{Form, number::float_text, time::canonical_time},
};

fn cipher() -> Cipher {
    Cipher::new(&DataKey::from_bytes(&[0x66; 32]).unwrap())
}

fn scalar(kind: Kind, text: &str) -> Scalar {
    Scalar::new(kind, secret(text))
}

fn canonical(text: &str) -> Result<Ciphertext<'_>, CipherError> {
    Ciphertext::parse(text, Form::Canonical)
}

fn lenient(text: &str) -> Result<Ciphertext<'_>, CipherError> {
    Ciphertext::parse(text, Form::Lenient)
}

/// Parses, decrypts, and gives the text.
fn opened(text: &str, form: Form, aad: &str) -> Result<String, CipherError> {
    let scalar = cipher().decrypt(&Ciphertext::parse(text, form)?, aad)?;
    Ok(scalar.expose().to_owned())
}

/// A ciphertext with a plaintext that `encrypt` would not write.
fn sealed(plaintext: &str, tag: Tag) -> String {
    cipher().seal(plaintext, tag, "a:")
}

/// A ciphertext with a nonce that `encrypt` would not make.
fn sealed_with_nonce<N: ArrayLength<u8>>(plaintext: &[u8]) -> String {
    let gcm = AesGcm::<Aes256, N>::new(&[0x66; 32].into());
    let nonce = GenericArray::<u8, N>::default();
    let mut data = plaintext.to_vec();
    let auth = gcm
        .encrypt_in_place_detached(&nonce, b"a:", &mut data)
        .unwrap();
    let [data, iv, tag] = [&data[..], &nonce, &auth].map(|bytes| STANDARD.encode(bytes));
    format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]")
}

const FOO: &str = "ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]";

#[test]
fn the_test_vector_of_sops_opens() {
    let value = cipher().decrypt(&canonical(FOO).unwrap(), "bar:").unwrap();
    assert!(value == Scalar::str("foo"));
}

#[test]
fn every_value_of_a_file_of_sops_opens_to_its_canonical_text_and_the_mac_holds() {
    let cipher = Cipher::new(&oracle::key());
    let mut mac = Mac::new(MacScope::Everything);
    for (aad, text, wanted) in oracle::VALUES {
        let value = cipher.decrypt(&canonical(text).unwrap(), aad).unwrap();
        assert_eq!(value.expose(), wanted);
        mac.feed(&value);
    }
    let stored = canonical(oracle::MAC).unwrap();
    mac.finish()
        .verify(&stored, oracle::LASTMODIFIED, &cipher)
        .unwrap();
}

#[test]
fn the_mac_over_encrypted_values_only_is_the_one_of_sops() {
    // gibbz00/rops, `sops_references/age_mac_only_encrypted.yaml`, written by SOPS 3.8.1.
    let key = [
        0x8b, 0x9e, 0xc0, 0xa6, 0xcd, 0x8c, 0x86, 0x5f, 0x0b, 0xd9, 0xd3, 0x54, 0xdb, 0x95, 0xe8,
        0x59, 0x25, 0x23, 0xf8, 0x37, 0x92, 0x20, 0xb9, 0xc3, 0x6b, 0x46, 0x0b, 0x2e, 0x5e, 0x10,
        0xf8, 0xc4,
    ];
    let cipher = Cipher::new(&DataKey::from_bytes(&key).unwrap());
    let stored = "ENC[AES256_GCM,data:N/tCLvJawgY4qYPtu2D541yl8+YMRtrTETqAvkQih4EkR2N3YZB0D6XfcFxOHei6kDKEXc4HNPN5vwbaq8U5DeOGfSH00ZLdh85I1Ldh8Jbxnrtd+Kkti8chD2dZrD66c++oZb70z/jaM7+U37tOXM2Zy4SrRbIsUWjJ6LTY5Cs=,iv:NkvFXhw7M0DpksLeRgWdpPAxw1cx64rU+kbayQDMO3A=,tag:7uI8YXb3NPBuWtXIJWv86g==,type:str]";
    let mut mac = Mac::new(MacScope::EncryptedOnly);
    for (aad, text) in [
        (
            "a_encrypted:",
            "ENC[AES256_GCM,data:IA46,iv:Ap9PrtKlfDVKOh/ExGZoXl8Qh85iQrL3iFtpRRurYv8=,tag:rEnl+xiPY5/v+7G/kQNkdQ==,type:str]",
        ),
        (
            "c_encrypted:",
            "ENC[AES256_GCM,data:+uP6,iv:wYcY2h8IGCn0CW23ZeqMct6SnGYQgmnW21iQL1rA03U=,tag:yeiq5D6oElI05nPihnWptQ==,type:str]",
        ),
    ] {
        mac.feed(&cipher.decrypt(&canonical(text).unwrap(), aad).unwrap());
    }
    let stored = canonical(stored).unwrap();
    mac.finish()
        .verify(&stored, "2023-12-27T11:13:48Z", &cipher)
        .unwrap();
}

#[test]
fn the_mac_covers_every_value_its_order_and_the_time() {
    let cipher = cipher();
    let mac = |values: &[&str]| {
        let mut mac = Mac::new(MacScope::Everything);
        values.iter().for_each(|text| mac.feed(&Scalar::str(text)));
        mac.feed(&Scalar::null());
        mac.finish()
    };
    let text = mac(&["one", "two"]).seal("2026-11-21T01:34:34Z", &cipher);
    let stored = canonical(&text).unwrap();
    let check = |values: &[&str], time| mac(values).verify(&stored, time, &cipher);
    assert_eq!(check(&["one", "two"], "2026-11-21T01:34:34Z"), Ok(()));
    assert_eq!(
        check(&["one", "", "two"], "2026-11-21T01:34:34Z"),
        Ok(()),
        "an empty text adds nothing"
    );
    for values in [["two", "one"], ["one", "tw0"], ["one", ""]] {
        assert_eq!(
            check(&values, "2026-11-21T01:34:34Z"),
            Err(CipherError::Mac)
        );
    }
    assert_eq!(
        check(&["one", "two"], "2026-11-21T01:34:35Z"),
        Err(CipherError::Authentication)
    );
    let as_comment = text.replace("type:str", "type:comment");
    let stored = canonical(&as_comment).unwrap();
    assert_eq!(
        mac(&["one", "two"]).verify(&stored, "2026-11-21T01:34:34Z", &cipher),
        Err(CipherError::Mac)
    );
    let mut other = Mac::new(MacScope::EncryptedOnly);
    other.feed(&Scalar::str("onetwo"));
    let stored = canonical(&text).unwrap();
    assert_eq!(
        other
            .finish()
            .verify(&stored, "2026-11-21T01:34:34Z", &cipher),
        Err(CipherError::Mac)
    );
}

#[test]
fn a_mac_in_lower_case_is_refused_as_sops_does() {
    let cipher = cipher();
    let digest = Mac::new(MacScope::Everything).finish();
    let text = digest.seal("t", &cipher);
    let plain = cipher.open(&canonical(&text).unwrap(), "t").unwrap();
    assert!(plain.starts_with("CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE"));
    let lower = cipher.seal(&plain.to_lowercase(), Tag::Str, "t");
    assert_eq!(
        digest.verify(&canonical(&lower).unwrap(), "t", &cipher),
        Err(CipherError::Mac)
    );
}

#[test]
fn additional_data_is_the_keys_with_a_colon_behind_each() {
    assert_eq!(additional_data([]), ":");
    assert_eq!(additional_data([""]), ":");
    assert_eq!(additional_data(["a"]), "a:");
    assert_eq!(additional_data(["a", "b"]), "a:b:");
}

#[test]
fn nothing_blank_is_encrypted() {
    for blank in [Scalar::null(), Scalar::str("")] {
        assert_eq!(cipher().encrypt(&blank, "a:"), Err(CipherError::Blank));
    }
    assert_eq!(cipher().encrypt_comment("", "a:"), Err(CipherError::Blank));
}

///
#[test]
fn r14_r29_equal_values_never_share_a_nonce_or_a_text() {
    let cipher = cipher();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        let text = cipher.encrypt(&Scalar::str("same"), "l:").unwrap();
        let Nonce::B32(nonce) = canonical(&text).unwrap().nonce().unwrap() else {
            panic!("32 bytes are written");
        };
        assert!(seen.insert(nonce));
    }
}

#[test]
fn another_place_or_another_key_does_not_open() {
    let text = cipher().encrypt(&Scalar::str("S"), "a:b:").unwrap();
    for aad in ["a:", "b:", "", ":", "a:b", "a:b:c:", "A:b:"] {
        let error = opened(&text, Form::Canonical, aad).unwrap_err();
        assert_eq!(error, CipherError::Authentication);
    }
    let other = Cipher::new(&DataKey::generate());
    let error = other.decrypt(&canonical(&text).unwrap(), "a:b:");
    assert_eq!(error.unwrap_err(), CipherError::Authentication);
}

/// a value under another type is refused, and the error does not tell it.
#[test]
fn r01_r27_no_type_flip_opens_to_another_value_or_tells_it() {
    for (kind, text) in [
        (Kind::Str, "S3cr3t"),
        (Kind::Str, "17"),
        (Kind::Int, "31337"),
        (Kind::Float, "13.5"),
        (Kind::Bool, "true"),
        (Kind::Time, "2024-01-01T00:00:00Z"),
    ] {
        let value = scalar(kind, text);
        let sealed = cipher().encrypt(&value, "a:").unwrap();
        let own = Tag::of(kind).unwrap().name();
        for tag in ["int", "float", "bool", "time", "comment", "bytes"] {
            let flipped = sealed.replace(&format!("type:{own}]"), &format!("type:{tag}]"));
            for form in [Form::Canonical, Form::Lenient] {
                match Ciphertext::parse(&flipped, form).and_then(|c| cipher().decrypt(&c, "a:")) {
                    // What reads as either type is for the signature to tell apart.
                    Ok(read) => assert_eq!(plain::spell(&read), plain::spell(&value)),
                    Err(error) => {
                        let told = format!("{error} {error:?}");
                        assert!(!told.contains(text), "{told}");
                    }
                }
            }
        }
    }
}

///
#[test]
fn r27_comments_and_values_do_not_stand_in_for_each_other() {
    let cipher = cipher();
    let comment = cipher.encrypt_comment(" note", "a:").unwrap();
    let comment = canonical(&comment).unwrap();
    let read = cipher.decrypt_comment(&comment, "a:").unwrap();
    assert_eq!(read.expose_secret(), " note");
    assert_eq!(
        cipher.decrypt(&comment, "a:").unwrap_err(),
        CipherError::CommentAsValue
    );
    let error = cipher.decrypt_comment(&canonical(FOO).unwrap(), "bar:");
    assert_eq!(error.unwrap_err(), CipherError::ValueAsComment);
}

///
#[test]
fn r25_only_one_spelling_of_a_ciphertext_is_canonical() {
    for (from, to, error) in [
        ("ENC[", "enc[", CipherError::Shape),
        ("AES256_GCM", "AES128_GCM", CipherError::Shape),
        ("ENC[", " ENC[", CipherError::Shape),
        ("data:", "dat:", CipherError::Shape),
        (",iv:", ",", CipherError::Shape),
        (",type:str", "", CipherError::Shape),
        ("str]", "str", CipherError::Shape),
        ("str]", "str] ", CipherError::Trailing),
        ("str]", "str]x", CipherError::Trailing),
        ("str]", "str]]", CipherError::Type),
        ("str]", "Str]", CipherError::Type),
        ("str]", "bytes]", CipherError::Type),
        ("str]", "]", CipherError::Type),
        ("oYyi", "", CipherError::NoData),
        ("oYyi", "oYy", CipherError::Base64 { field: "data" }),
        ("oYyi", "oYyi=", CipherError::Base64 { field: "data" }),
        ("oYyi", "oYy\ni", CipherError::Base64 { field: "data" }),
        ("oYyi", "o-_i", CipherError::Base64 { field: "data" }),
        ("oYyi", "oYz=", CipherError::Base64 { field: "data" }),
        ("oYyi", "o===", CipherError::Base64 { field: "data" }),
        ("oYyi", "====", CipherError::Base64 { field: "data" }),
        ("EyV8o=", "EyV8p=", CipherError::Base64 { field: "iv" }),
        ("EyV8o=", "EyV8o", CipherError::Base64 { field: "iv" }),
        ("gNxg==", "gNxh==", CipherError::Base64 { field: "tag" }),
        ("gNxg==", "gNxg", CipherError::Base64 { field: "tag" }),
        (
            "gNxg==",
            "gNxgAA",
            CipherError::Length {
                field: "tag",
                wanted: 16,
                found: 18,
            },
        ),
        (
            "MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=",
            "MyIDYbT718JRr11Q",
            CipherError::Length {
                field: "iv",
                wanted: 32,
                found: 12,
            },
        ),
    ] {
        let text = FOO.replace(from, to);
        assert_ne!(text, FOO);
        assert_eq!(canonical(&text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn a_tag_moved_into_the_data_does_not_open() {
    // Base64 of the three bytes of data and the first three of the tag, and so on.
    let moved = FOO.replace("oYyi", "oYyit5z2");
    assert_eq!(
        opened(&moved, Form::Canonical, "bar:"),
        Err(CipherError::Authentication)
    );
}

///
#[test]
fn r26_a_plaintext_that_is_not_the_canonical_one_of_its_type_is_refused() {
    for (tag, kind, plaintexts) in [
        (
            Tag::Int,
            Kind::Int,
            &[
                "007",
                "+1",
                "-0",
                "1.0",
                "x",
                "1 ",
                "9223372036854775808",
                "0x1",
            ][..],
        ),
        (
            Tag::Float,
            Kind::Float,
            &[
                "1.0", "1.50", "+1.5", "1e3", "01", "nan", "Inf", "inf", "x", ".5", "5.", "0x1p-2",
            ],
        ),
        (
            Tag::Bool,
            Kind::Bool,
            &["true", "TRUE", "1", "t", "false", "0", "yes", "x"],
        ),
        (
            Tag::Time,
            Kind::Time,
            &[
                "2024-01-01",
                "2024-01-01T00:00:00.0Z",
                "2024-01-01T00:00:00+00:00",
                "2024-01-01 00:00:00Z",
                "x",
            ],
        ),
    ] {
        for plaintext in plaintexts {
            let text = sealed(plaintext, tag);
            let error = opened(&text, Form::Canonical, "a:").unwrap_err();
            assert_eq!(error, CipherError::Spelling(kind), "{plaintext}");
        }
    }
}

#[test]
fn foreign_plaintexts_become_canonical() {
    for (tag, plaintext, text) in [
        (Tag::Int, "007", "7"),
        (Tag::Int, "+1", "1"),
        (Tag::Int, "-0", "0"),
        (Tag::Float, "1e3", "1000.0"),
        (Tag::Float, "+1.50", "1.5"),
        (Tag::Float, "1.0", "1.0"),
        (Tag::Float, ".5", "0.5"),
        (Tag::Float, "nan", ".nan"),
        (Tag::Float, "inf", ".inf"),
        (Tag::Float, "-Infinity", "-.inf"),
        (Tag::Bool, "t", "true"),
        (Tag::Bool, "FALSE", "false"),
        (Tag::Bool, "0", "false"),
        (
            Tag::Time,
            "2024-01-01T00:00:00.500+00:00",
            "2024-01-01T00:00:00.5Z",
        ),
        (Tag::Bytes, "text", "text"),
    ] {
        let read = opened(&sealed(plaintext, tag), Form::Lenient, "a:").unwrap();
        assert_eq!(read, text, "{plaintext}");
    }
    for (tag, kind, plaintext) in [
        (Tag::Int, Kind::Int, "1_000"),
        (Tag::Int, Kind::Int, "9223372036854775808"),
        (Tag::Float, Kind::Float, "1e400"),
        (Tag::Float, Kind::Float, "+nan"),
        (Tag::Float, Kind::Float, "infinite"),
        (Tag::Bool, Kind::Bool, "yes"),
        (Tag::Time, Kind::Time, "2024-01-01"),
    ] {
        let error = opened(&sealed(plaintext, tag), Form::Lenient, "a:").unwrap_err();
        assert_eq!(error, CipherError::Spelling(kind), "{plaintext}");
    }
}

#[test]
fn foreign_forms_open_leniently() {
    for (from, to) in [
        ("str]", "str] trailing"),
        ("str]", "str]]"),
        ("str]", "bytes]"),
        ("oYyi", "oY\r\nyi"),
        ("EyV8o=", "Ey\nV8o=\n"),
        ("EyV8o=", "EyV8p="),
        ("gNxg==", "gNxh=="),
    ] {
        let text = FOO.replace(from, to);
        let read = match to {
            // The last bracket ends it, so this type has one in its name.
            "str]]" => {
                assert_eq!(lenient(&text).unwrap_err(), CipherError::Type);
                continue;
            }
            _ => opened(&text, Form::Lenient, "bar:"),
        };
        assert_eq!(read.as_deref(), Ok("foo"), "{to}");
    }
    for text in [
        sealed_with_nonce::<U12>(b"foo"),
        sealed_with_nonce::<U16>(b"foo"),
        sealed_with_nonce::<U32>(b"foo"),
    ] {
        assert_eq!(opened(&text, Form::Lenient, "a:").as_deref(), Ok("foo"));
    }
    let odd = sealed_with_nonce::<aes_gcm::aead::generic_array::typenum::U24>(b"foo");
    assert_eq!(lenient(&odd).unwrap_err(), CipherError::NonceLength(24));
}

#[test]
fn binary_values_are_refused_and_never_mangled() {
    let text = sealed_with_nonce::<U32>(b"a\xff");
    for form in [Form::Canonical, Form::Lenient] {
        assert_eq!(opened(&text, form, "a:"), Err(CipherError::NotText));
    }
}

#[test]
fn a_ciphertext_keeps_its_text_and_says_what_it_is() {
    let read = canonical(FOO).unwrap();
    assert_eq!(
        (read.as_str(), read.tag(), read.form()),
        (FOO, Tag::Str, Form::Canonical)
    );
    assert!(Ciphertext::looks_like("ENC[AES256_GCM,nonsense"));
    assert!(!Ciphertext::looks_like(" ENC[AES256_GCM,"));
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    let time = "[0-9]{4}-0[1-9]-[012][1-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,12})?(Z|[+-]1[0-9]:30)";
    prop_oneof![
        ".{1,40}".prop_map(|text| Scalar::str(&text)),
        "(?s).{1,300}".prop_map(|text| Scalar::str(&text)),
        any::<i64>().prop_map(|int| scalar(Kind::Int, &int.to_string())),
        any::<u64>().prop_map(|bits| scalar(Kind::Float, &float_text(f64::from_bits(bits)))),
        any::<i16>().prop_map(|int| scalar(Kind::Float, &float_text(f64::from(int)))),
        any::<bool>().prop_map(|bool| scalar(Kind::Bool, &bool.to_string())),
        time.prop_filter_map("a real date", |text| canonical_time(&text))
            .prop_map(|text| scalar(Kind::Time, &text)),
    ]
}

proptest! {
    #[test]
    fn what_is_encrypted_decrypts_to_the_same_value_and_type(value in any_scalar(), aad in "[a-z:]{0,9}") {
        let text = cipher().encrypt(&value, &aad).unwrap();
        for form in [Form::Canonical, Form::Lenient] {
            let read = Ciphertext::parse(&text, form).unwrap();
            prop_assert_eq!(read.as_str(), text.as_str());
            prop_assert!(cipher().decrypt(&read, &aad).unwrap() == value);
        }
    }

    #[test]
    fn comments_round_trip(comment in ".{1,40}", aad in "[a-z:]{0,9}") {
        let text = cipher().encrypt_comment(&comment, &aad).unwrap();
        let read = cipher().decrypt_comment(&canonical(&text).unwrap(), &aad).unwrap();
        prop_assert_eq!(read.expose_secret(), comment.as_str());
    }

    /// Every character of the text counts, but for the type where both types read the plaintext.
    #[test]
    fn no_changed_character_opens(at in 0..FOO.len(), to in proptest::char::range(' ', '~')) {
        let mut text = FOO.to_owned();
        text.replace_range(at..=at, &to.to_string());
        prop_assume!(text != FOO);
        prop_assert!(opened(&text, Form::Canonical, "bar:").is_err());
    }

    #[test]
    fn no_flipped_bit_opens(field in 0usize..3, bit in 0usize..1000) {
        let mut fields = ["oYyi", "MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=", "t5z2Z023Up0kxwCgw1gNxg=="]
            .map(|text| STANDARD.decode(text).unwrap());
        let bits = fields[field].len() * 8;
        fields[field][bit % bits / 8] ^= 1 << (bit % 8);
        let [data, iv, tag] = fields.map(|bytes| STANDARD.encode(bytes));
        let text = format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]");
        for form in [Form::Canonical, Form::Lenient] {
            prop_assert_eq!(opened(&text, form, "bar:"), Err(CipherError::Authentication));
        }
    }
}
