//! What is too large.

use super::with;

const MIB: usize = 1 << 20;

#[test]
fn a_value_above_the_limit_is_named_and_nothing_is_written() {
    let long = "x".repeat(MIB + 1);
    for (name, text, key) in [
        ("a.env", format!("A=1\nBIG={long}\n"), "BIG"),
        (
            "a.json",
            format!("{{\"a\": {{\"big\": \"{long}\"}}}}"),
            "a.big",
        ),
        ("a.yaml", format!("A: 1\nBIG: '{long}'\n"), "BIG"),
        ("d/BIG", long.clone(), "BIG"),
    ] {
        let sandbox = with(name, &text);
        let source = name.split('/').next().expect("there is one part");
        let output = sandbox.vault(["import", "dev", source]).fails(2);
        let said = format!(
            "vault: error: {key}: a value larger than 1 MiB
vault: hint: keep large files elsewhere, and their keys here\n"
        );
        assert!(output.stderr().ends_with(&said), "{}", output.stderr());
        sandbox.vault(["list", "dev"]).succeeds_with("");
    }
}

#[test]
fn what_the_format_cannot_hold_is_refused_with_what_to_do() {
    for (text, said) in [
        (
            r#"{"A": "1", "B": "hunter\u00002"}"#,
            "vault: error: B: a value with a NUL character
vault: hint: write binary data in base64
",
        ),
        (
            r#"{"A": "1", "B": "ENC[AES256_GCM,data:aaaa]"}"#,
            "vault: error: B: a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept
vault: hint: write the value itself, not its ciphertext
",
        ),
    ] {
        let sandbox = with("a.json", text);
        let output = sandbox.vault(["import", "dev", "a.json"]).fails(2);
        assert!(output.stderr().ends_with(said), "{}", output.stderr());
        sandbox.vault(["list", "dev"]).succeeds_with("");
    }
}

#[test]
fn a_source_above_the_limit_is_refused_before_it_is_taken_apart() {
    // Nothing that any reader could make sense of.
    let sandbox = with("a.env", &"?\n".repeat(8 * MIB + 1));
    let said = |shown: &str| {
        format!(
            "vault: error: {shown} is larger than 16 MiB, more than one import takes
vault: hint: is it the right one? else import it in parts
"
        )
    };
    sandbox
        .vault(["import", "dev", "a.env"])
        .fails_with(2, &said("a.env"));
    let text = sandbox.read("a.env");
    for format in ["dotenv", "json", "yaml"] {
        sandbox
            .vault(["import", "dev", "-", "--format", format])
            .stdin(&text)
            .fails_with(2, &said("standard input"));
    }
    // Holes: they take no place on the disk and no time unless somebody reads them.
    for name in ["A", "B", "C"] {
        sandbox.write(format!("d/{name}"), "");
        let file = std::fs::File::options()
            .write(true)
            .open(sandbox.work(format!("d/{name}")))
            .unwrap();
        file.set_len(6 * MIB as u64).unwrap();
    }
    sandbox
        .vault(["import", "dev", "d"])
        .fails_with(2, &said("d"));
}

#[test]
fn standard_input_without_an_end_is_not_read_to_it() {
    let sandbox = with("x", "");
    let script = format!(
        "yes | {} import dev - --format dotenv",
        env!("CARGO_BIN_EXE_vault")
    );
    sandbox
        .program("/bin/sh", ["-c", &script])
        .fails_with(2, "vault: error: standard input is larger than 64 MiB\n");
}
