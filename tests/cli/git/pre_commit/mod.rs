//! What is refused before it is committed, through the hook that git calls.

mod environments;
mod git;
mod json;
mod keys;
mod outputs;
mod sides;
mod suspects;
mod values;

use crate::{sandbox::Sandbox, team};

/// The secret of dev.
pub(super) const TOKEN: &str = "s3cret/of \"dev\" 7f3a";

/// The end of every refusal.
pub(super) const SKIP: &str =
    "vault: hint: git commit --no-verify commits all the same, without any check\n";
/// Before it, where a file is better left out.
pub(super) const UNSTAGE: &str = "vault: hint: git restore --staged FILE takes a file out of the commit (before the first one: git rm --cached FILE)\n";

/// Behind a refusal for how a file is called.
pub(super) const NAMED: &str = "vault: hint: a file without secrets can be called .env.example
vault: hint: if everybody may read it: a line \"FILE vault-public\" in .gitattributes says so
";

/// Alice with a value in dev, everything committed, and the hook in its place.
pub(super) fn hooked() -> Sandbox {
    let sandbox = team::alone();
    sandbox.secret(TOKEN);
    sandbox
        .vault(["set", "dev", "API_TOKEN"])
        .stdin(TOKEN)
        .succeeds();
    sandbox.vault(["set", "dev", "LEVEL=debug"]).succeeds();
    sandbox.commit("start");
    sandbox.vault(["git", "install", "--hook"]).succeeds();
    sandbox
}

/// Writes a file and stages it.
pub(super) fn stage(sandbox: &Sandbox, path: &str, content: impl AsRef<[u8]>) {
    sandbox.write(path, content);
    sandbox.git(["add", "--force", "--", path]);
}

/// Expects that git commits what is staged, and that nothing is said.
pub(super) fn commits(sandbox: &Sandbox) {
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).succeeds().says("");
}

/// Expects that git does not, with these words.
pub(super) fn refuses(sandbox: &Sandbox, said: &str) {
    let before = head(sandbox);
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).fails_with(1, said);
    assert_eq!(head(sandbox), before);
}

fn head(sandbox: &Sandbox) -> String {
    sandbox.git(["rev-parse", "--quiet", "--verify", "HEAD"])
}
