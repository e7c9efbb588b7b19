//! `list --long`, and `--sources`: lengths, layers, and what they hide.

use crate::{
    sandbox::Sandbox,
    vaults::{self, config, identity, set},
};

const TOKEN: &str = "hunter2-API-token";

/// `common` and `eu` below `dev`.
fn three() -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  common: { recipients: [alice] }
  eu: { extends: common, recipients: [alice] }
  dev: { extends: eu, recipients: [alice] }
",
    );
    set(&sandbox, "common", "TOKEN", TOKEN);
    set(&sandbox, "common", "db.user", "app");
    set(&sandbox, "eu", "db.user", "eu-app");
    set(&sandbox, "eu", "hosts[0]", "a");
    set(&sandbox, "eu", "hosts[1]", "b");
    set(&sandbox, "dev", "db.user", "dev-app");
    set(&sandbox, "dev", "hosts[0]", "c");
    sandbox
}

#[test]
fn long_shows_type_length_class_and_layer_without_any_identity() {
    let sandbox = three();
    for (key, value) in [
        ("EMPTY", ""),
        ("SHORT", "0123456789abcde"),
        ("MEDIUM", "0123456789abcdef"),
        ("LONG", &"x".repeat(64)),
        ("VERY_LONG", &"x".repeat(1024)),
    ] {
        set(&sandbox, "dev", key, value);
    }
    for (key, kind, value) in [("PORT", "int", "5432"), ("ON", "bool", "true")] {
        sandbox
            .vault(["set", "dev", key, value, "--type", kind])
            .succeeds();
    }
    sandbox
        .vault(["set", "dev", "NOTHING", "--type", "null"])
        .succeeds();
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let expected = "TOKEN      str   medium     common
db.user    str   short      dev
hosts[0]   str   short      dev
EMPTY      str   empty      dev
SHORT      str   short      dev
MEDIUM     str   medium     dev
LONG       str   long       dev
VERY_LONG  str   very long  dev
PORT       int   short      dev
ON         bool  short      dev
NOTHING    null  empty      dev
";
    sandbox
        .vault(["list", "dev", "--long"])
        .succeeds_with(expected);
    sandbox.vault(["ls", "dev", "-l"]).succeeds_with(expected);
}

#[test]
fn long_and_revealed_shows_both_and_json_has_all_that_is_asked_for() {
    let sandbox = three();
    sandbox
        .vault(["list", "dev", "--long", "--reveal", "--sources"])
        .prints_secrets()
        .succeeds_with(
            "TOKEN     str  medium  common                   hunter2-API-token
db.user   str  short   dev     over eu, common  dev-app
hosts[0]  str  short   dev     over eu          c
",
        );
    sandbox
        .vault(["list", "dev", "--long", "--json"])
        .succeeds_with(
            r#"[
  {
    "key": "TOKEN",
    "type": "str",
    "length": "medium",
    "created": null,
    "updated": null,
    "maybe_updated": null,
    "layer": "common"
  },
  {
    "key": "db.user",
    "type": "str",
    "length": "short",
    "created": null,
    "updated": null,
    "maybe_updated": null,
    "layer": "dev"
  },
  {
    "key": "hosts[0]",
    "type": "str",
    "length": "short",
    "created": null,
    "updated": null,
    "maybe_updated": null,
    "layer": "dev"
  }
]
"#,
        );
    sandbox
        .vault(["list", "eu", "--sources", "--json"])
        .succeeds_with(
            r#"[
  {
    "key": "TOKEN",
    "type": "str",
    "layer": "common",
    "overrides": []
  },
  {
    "key": "db.user",
    "type": "str",
    "layer": "eu",
    "overrides": [
      "common"
    ]
  },
  {
    "key": "hosts[0]",
    "type": "str",
    "layer": "eu",
    "overrides": []
  },
  {
    "key": "hosts[1]",
    "type": "str",
    "layer": "eu",
    "overrides": []
  }
]
"#,
        );
}

#[test]
fn sources_show_which_layers_are_hidden() {
    let sandbox = three();
    sandbox.vault(["list", "dev", "--sources"]).succeeds_with(
        "TOKEN     str  common
db.user   str  dev     over eu, common
hosts[0]  str  dev     over eu
",
    );
}

#[test]
fn sources_never_get_into_the_data() {
    let sandbox = three();
    sandbox
        .vault(["get", "dev", "TOKEN", "--sources"])
        .prints_secrets()
        .succeeds_with(TOKEN)
        .says("vault: TOKEN  common\n");
    sandbox
        .vault(["get", "dev", "db", "--json", "--sources"])
        .prints_secrets()
        .succeeds_with("{\n  \"user\": \"dev-app\"\n}\n")
        .says("vault: db.user  dev over eu, common\n");
    let told = "vault: TOKEN     common
vault: db.user   dev over eu, common
vault: hosts[0]  dev over eu
";
    for format in ["dotenv", "json", "yaml"] {
        let plain = sandbox
            .vault(["render", "dev", "--format", format])
            .prints_secrets()
            .succeeds();
        sandbox
            .vault(["render", "dev", "--format", format, "--sources"])
            .prints_secrets()
            .succeeds_with(plain.stdout())
            .says(told);
    }
}

#[test]
fn a_file_of_sops_has_lengths_too() {
    let sandbox = vaults::of_sops("negative/emptystr_added.yaml");
    let long = sandbox.vault(["list", "--long"]).succeeds();
    let plain = sandbox.vault(["list"]).succeeds();
    assert_eq!(
        long.stdout().lines().count(),
        plain.stdout().lines().count()
    );
    assert!(long.stdout().contains("  empty  "), "{}", long.stdout());
}

#[test]
fn a_very_long_key_pushes_aside_what_stands_beside_it() {
    let key = "K".repeat(60);
    let sandbox = vaults::dev(&[(&key, "v")]);
    let line = format!("{key}  str\n");
    sandbox.vault(["list"]).succeeds_with(&line);
    vaults::set(&sandbox, "dev", "SHORT", "v");
    sandbox
        .vault(["list"])
        .succeeds_with(&format!("{line}SHORT  str\n"));
}
