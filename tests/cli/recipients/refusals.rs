//! What somebody cannot do, or has typed wrongly.

use super::two;
use crate::team::{self, BOB, CI};

#[test]
fn who_cannot_do_all_of_it_is_told_what_they_can() {
    let sandbox = two();
    team::log_in(&sandbox, "bob");
    let request = format!(
        "vault: error: secrets/prod.yaml: no identity of yours may write prod; writers are alice
vault: hint: send this line to a writer: {BOB}
vault: hint: they type vault recipients add bob '{BOB}' --env prod
"
    );
    sandbox.vault(["rekey", "--all", "--yes"]).fails_with(
        2,
        &format!("{request}vault: hint: vault rekey dev does what you can\n"),
    );
    sandbox
        .vault(["rekey", "prod", "--yes"])
        .fails_with(2, &request);
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    let name = "    bob: ";
    team::reconfigure(&sandbox, name, &format!("    ci: {CI}\n{name}"));
    team::reconfigure(&sandbox, "[alice", "[ci, alice");
    let output = sandbox.vault(["sync", "--yes"]).run().fails(2);
    let hint = "vault: hint: vault sync dev does what you can\n";
    assert!(output.stderr().ends_with(hint), "{}", output.stderr());
    sandbox.vault(["sync", "dev", "--yes"]).succeeds();
}

#[test]
fn a_line_that_is_empty_and_an_option_that_swallows_it_are_told() {
    let sandbox = two();
    sandbox
        .vault(["recipients", "add", "ci", "", "--env", "dev"])
        .fails_with(
            2,
            "vault: error: the line is empty
vault: hint: vault whoami prints the line that somebody sends; a variable of the shell may have no value
",
        );
    sandbox
        .vault(["recipients", "add", "--env", "dev", "ci", CI, BOB])
        .fails_with(
            2,
            "vault: error: --env <ENV>...: a name holds letters and digits of ASCII, `.`, `_`, `@` and `-` only
vault: hint: --env <ENV> takes everything up to the next option: what is no part of it stands before
",
        );
}
