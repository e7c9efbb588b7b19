//! Plain scalars: the types that vault and sops give them.

use vault::value::Form;

use crate::{
    peer::{Peer, Recipients, open, sealed_by},
    peers, tree_of,
};

/// Spellings in which YAML 1.1, YAML 1.2 and go-yaml differ, or that look as if.
const SPELLINGS: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "ON",
    "true",
    "True",
    "TRUE",
    "tRue",
    "false",
    "FALSE",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "017",
    "0o17",
    "-0o17",
    "0o+1",
    "0o-1",
    "-0o+1",
    "0O17",
    "0b101",
    "-0b1",
    "+0b1",
    "0b+1",
    "0B11",
    "0b2",
    "-0x1F",
    "+0x1F",
    "0X1F",
    "0x",
    "0x1F",
    "0xg",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "1_000.5",
    ".5_1",
    "08",
    "09",
    "08.5",
    "1e999",
    "-1e999",
    "0x1p3",
    "1:30",
    "12:30:45",
    "1e",
    "1.",
    ".5",
    "+.5",
    "-.5",
    ".",
    "..",
    "+",
    "+.inf",
    "-.Inf",
    ".INF",
    ".nan",
    ".NaN",
    ".NAN",
    "nan",
    "inf",
    "1e3",
    "1E3",
    "1e+3",
    "-0.0",
    "-0",
    "+0",
    "+12",
    "0",
    "00",
    "2001-1-1",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43",
    "2001-12-14 21:59:43.10",
    "2001-12-14 21:59:43.10 -5",
    "2001-12-14 21:59:43 +01:00",
    "2001-02-30",
    "2001-12-14T",
    "20011-1-1",
    "201-1-1",
    "2001-12-14T21:59:43",
    "=",
    "9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1.2.3",
    "0.1.2",
    "1e1.5",
    "!!str 5",
    "0b",
    "0o",
    "-",
    "1 2",
    "1,000",
    "0x_1F",
    "0_1_7",
    "123456789012345678901234567890",
    "0.1",
    "1.5e-10",
    "1.7976931348623157e308",
    "4.9e-324",
    "0.000000000000000000000001",
];

#[test]
fn plain_scalars_have_the_types_that_sops_gives_them() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let plain: String = SPELLINGS
        .iter()
        .filter(|text| **text != "-")
        .enumerate()
        .map(|(at, text)| format!("k{at}: {text}\n"))
        .collect();
    let sealed = peer
        .encrypted("types.yaml", &plain)
        .expect("sops reads all of it");
    let by_sops = open(&sealed, Form::Lenient, Recipients::Alice);
    assert_eq!(by_sops.tree(), &tree_of(&plain));
    for too_large in [
        "9223372036854775808",
        "18446744073709551615",
        "0xffffffffffffffff",
    ] {
        let plain = format!("a: {too_large}\n");
        assert_eq!(peer.encrypted("large.yaml", &plain), None);
        assert!(sealed_by(&plain, Recipients::Alice).is_err());
    }
}
