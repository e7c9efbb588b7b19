//! Texts that cannot be written.

use std::fs;

use super::world::{FILE, NEW, World};

/// What stands in the place of the text: each is refused. NEW is a secret in all of them.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.replace("NEW", NEW).into_bytes();
    let mut bytes = text("A: NEW\nB: ");
    bytes.extend_from_slice(b"\xff\xfe\n");
    let deep: String = (0..70)
        .map(|depth| format!("{}k:\n", " ".repeat(depth)))
        .collect();
    vec![
        ("unclosed bracket", text("A: [NEW\n")),
        ("unclosed quote", text("A: \"NEW\n")),
        ("tab as indentation", text("A:\n\tB: NEW\n")),
        ("no map", text("NEW\n")),
        ("a list", text("- NEW\n")),
        ("indentation", text("A: NEW\n  B: NEW\n")),
        ("duplicate key", text("A: NEW\nA: NEW\n")),
        ("duplicate nested key", text("M:\n  A: NEW\n  A: x\n")),
        ("anchor", text("A: &x NEW\n")),
        ("alias", text("A: &x NEW\nB: *x\n")),
        ("merge key", text("A: &x {k: NEW}\nB:\n  <<: *x\n")),
        ("tag", text("A: !mine NEW\n")),
        ("two documents", text("A: NEW\n---\nB: x\n")),
        ("number as a key", text("1: NEW\n")),
        ("map as a key", text("? {a: b}\n: NEW\n")),
        ("empty key", text("\"\": NEW\n")),
        ("the key sops", text("sops: NEW\n")),
        ("noncanonical number", text("A: 0123\nB: NEW\n")),
        (
            "looks encrypted",
            text("A: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]\nB: NEW\n"),
        ),
        ("NUL", text("A: NEW\0\n")),
        ("not UTF-8", bytes),
        (
            "a key of 300 bytes",
            text(&format!("{}: NEW\n", "k".repeat(300))),
        ),
        (
            "too deep",
            (deep + &format!("{}k: {NEW}\n", " ".repeat(70))).into_bytes(),
        ),
        (
            "a value of two MiB",
            text(&format!("A: NEW{}\n", "x".repeat(2 << 20))),
        ),
    ]
}

#[test]
fn e12_without_a_terminal_a_text_that_cannot_be_written_is_kept_byte_for_byte() {
    for (what, text) in broken() {
        let world = World::new();
        let before = world.sandbox.read(FILE);
        let source = world.memory().join("source");
        fs::write(&source, &text).unwrap();
        let output = world
            .edit(&format!("cat '{}' > \"$1\"", source.display()))
            .fails(2);
        let said = output.stderr();
        assert!(
            said.contains("vault: error: the text cannot be written like this\n"),
            "{what}: {said}"
        );
        assert!(
            said.contains("vault: hint: vault edit dev --resume goes on with it\n"),
            "{what}: {said}"
        );
        assert_eq!(world.sandbox.read(FILE), before, "{what}");
        fs::remove_file(&source).unwrap();
        world.holds_nothing_in_clear();
        // what was typed is there again, to the byte
        let seen = world.memory().join("seen");
        let script = format!("cp \"$1\" '{}'; exit 1", seen.display());
        world.vault(["edit", "dev", "--resume"], &script).fails(2);
        assert!(fs::read(&seen).unwrap() == text, "{what}");
        fs::remove_file(&seen).unwrap();
        assert_eq!(world.rescues().len(), 1, "{what}");
        world.holds_nothing_in_clear();
    }
}

#[test]
fn e12_on_a_terminal_the_text_opens_again_with_the_reason_on_top() {
    let world = World::new();
    let (seen, count) = (world.memory().join("seen"), world.sandbox.path("count"));
    let script = format!(
        "echo x >> '{count}'\ncase $(wc -l < '{count}') in 1) printf 'A: [{NEW}\\n' >> \"$1\";; 2) cp \"$1\" '{seen}'; sed -i 's/\\[//' \"$1\";; esac",
        count = count.display(),
        seen = seen.display(),
    );
    let editor = world.editor(&script);
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
        return;
    };
    let output = terminal
        .variable("VAULT_EDITOR", editor)
        .sees("[e/s/x]")
        .types("e")
        .run()
        .succeeds();
    let shown = output.stdout();
    assert!(
        shown.contains("the text cannot be written like this:"),
        "{shown}"
    );
    assert!(shown.contains("vault: + A"), "{shown}");
    let text = fs::read_to_string(&seen).unwrap();
    fs::remove_file(&seen).unwrap();
    assert!(
        text.starts_with("#|! not saved: correct this"),
        "the reason is on top"
    );
    assert!(
        text.contains("#|! line ") && text.contains("unclosed bracket"),
        "the reason is told"
    );
    assert!(
        text.ends_with(&format!("\nA: [{NEW}\n")),
        "the text is as it was"
    );
    assert_eq!(world.rescues(), Vec::<String>::new());
    world.holds_nothing_in_clear();
}

#[test]
fn e12_a_person_can_keep_it_for_later_or_throw_it_away() {
    for (answer, rescues, said) in [
        ("s", 1, "what you typed is kept, encrypted to your key"),
        ("x", 0, "given up; nothing is written"),
        ("\u{4}", 1, "what you typed is kept, encrypted to your key"),
    ] {
        let world = World::new();
        let before = world.sandbox.read(FILE);
        let editor = world.editor(&format!("printf 'A: [{NEW}\\n' >> \"$1\""));
        let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
            return;
        };
        let output = terminal
            .variable("VAULT_EDITOR", editor)
            .sees("[e/s/x]")
            .types(answer)
            .run()
            .fails(2);
        assert!(output.stdout().contains(said), "{}", output.stdout());
        assert_eq!(world.rescues().len(), rescues, "{answer}");
        assert_eq!(world.sandbox.read(FILE), before);
        world.holds_nothing_in_clear();
    }
}
