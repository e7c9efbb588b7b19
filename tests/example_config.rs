//! `.vault.example.yaml` shows every option that works, and works itself.

use std::path::Path;

use vault::{
    config::{CONFIG_KEYS, Config, ENVIRONMENT_KEYS},
    yaml::Document,
};

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".vault.example.yaml");
    std::fs::read_to_string(path).expect("it lies at the top of the repository")
}

#[test]
fn the_example_is_a_config() {
    let config = Config::parse(&example()).unwrap();
    let name = "payments/prod".parse().unwrap();
    let prod = config.environment(&name).unwrap();
    let writers: Vec<&str> = prod.writers().map(|(name, _)| name.as_str()).collect();
    assert_eq!(writers, ["alice"]);
    let layers = config.layers(&name).unwrap();
    assert_eq!(layers[0].name().as_str(), "common");
}

#[test]
fn the_example_shows_every_option_below_a_comment() {
    let text = example();
    let document = Document::parse(&text).unwrap();
    let root = document.root().unwrap();
    let environments: Vec<_> = root.get("environments").unwrap().entries().collect();
    for key in CONFIG_KEYS {
        assert!(
            is_explained(&text, root.entry(key).unwrap().node.place().line, key),
            "{key}"
        );
    }
    for key in ENVIRONMENT_KEYS {
        let mut shown = environments
            .iter()
            .filter_map(|environment| environment.node.entry(key));
        assert!(
            shown.any(|entry| is_explained(&text, entry.node.place().line, key)),
            "{key}"
        );
    }
}

/// Whether the line above that of a key is a comment; a block value begins one line or more below its key.
fn is_explained(text: &str, line_of_value: usize, key: &str) -> bool {
    let lines: Vec<&str> = text.lines().take(line_of_value).collect();
    let is_key = |line: &&str| line.trim_start().starts_with(&format!("{key}:"));
    let at = lines
        .iter()
        .rposition(is_key)
        .expect("the key stands above its value");
    at > 0 && lines[at - 1].trim_start().starts_with('#')
}
