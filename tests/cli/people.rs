//! Several people, each with a home and a clone of one repository.
#![allow(dead_code, reason = "every test uses some of these")]

use std::path::{Path, PathBuf};

use crate::{
    sandbox::{Output, Run, Sandbox},
    team,
};

/// A repository that people share.
pub(crate) struct People {
    pub(crate) sandbox: Sandbox,
}

impl People {
    /// Nobody yet, and an empty repository.
    pub(crate) fn begin() -> Self {
        let sandbox = Sandbox::new();
        sandbox.git([
            "init",
            "--quiet",
            "--bare",
            "--initial-branch=main",
            "../origin.git",
        ]);
        People { sandbox }
    }

    /// Alice and bob, who read and write dev, each with a clone.
    pub(crate) fn alice_and_bob() -> Self {
        let people = People::begin();
        people.join("alice");
        let vault = |line: &[&str]| drop(people.vault("alice", line).succeeds());
        vault(&["init", "--name", "alice", "--env", "dev", "--yes"]);
        vault(&["set", "dev", "A", "one"]);
        vault(&[
            "recipients",
            "add",
            "bob",
            team::BOB,
            "--env",
            "dev",
            "--yes",
        ]);
        people.push("alice", "the team");
        people.join("bob");
        people
    }

    /// Where somebody's clone is.
    pub(crate) fn clone(&self, who: &str) -> PathBuf {
        self.sandbox.path(format!("{who}/clone"))
    }

    /// Somebody gets a home with their key, and a clone.
    pub(crate) fn join(&self, who: &str) {
        self.join_as(who, who);
    }

    /// The same on one more machine, or with a key of another name.
    pub(crate) fn join_as(&self, machine: &str, who: &str) {
        self.stranger(machine);
        let identity = self
            .sandbox
            .path(format!("{machine}/.config/vault/identity.txt"));
        let text = std::fs::read(team::identity(&self.sandbox, who)).expect("a key");
        self.sandbox.write(&identity, text);
        self.sandbox.chmod(&identity, 0o600);
    }

    /// Somebody without a key gets a home and a clone.
    pub(crate) fn stranger(&self, who: &str) {
        let folder = self.clone(who).display().to_string();
        self.sandbox
            .git(["clone", "--quiet", "../origin.git", &folder]);
    }

    /// Takes over what is in main, whatever was there.
    pub(crate) fn reset(&self, who: &str) {
        self.git(who, ["fetch", "--quiet", "origin"]);
        self.git(who, ["reset", "--quiet", "--hard", "origin/main"]);
    }

    /// A command of somebody in their clone.
    pub(crate) fn vault<S: AsRef<std::ffi::OsStr>>(
        &self,
        who: &str,
        line: impl IntoIterator<Item = S>,
    ) -> Run<'_> {
        let home = self.sandbox.path(who);
        self.sandbox
            .vault(line)
            .within(self.clone(who))
            .variable("HOME", &home)
            .without("XDG_CONFIG_HOME")
            .without("XDG_STATE_HOME")
    }

    /// git in somebody's clone; returns what it printed.
    pub(crate) fn git<'l>(&self, who: &str, line: impl IntoIterator<Item = &'l str>) -> String {
        let folder = self.clone(who).display().to_string();
        let line = line.into_iter().map(str::to_owned);
        let all = ["-C".to_owned(), folder].into_iter().chain(line);
        self.sandbox.git(all)
    }

    /// Commits everything of somebody.
    pub(crate) fn commit(&self, who: &str, message: &str) {
        self.git(who, ["add", "--all"]);
        self.git(who, ["commit", "--quiet", "--message", message]);
    }

    /// Commits and pushes to main; sops opens every file then.
    pub(crate) fn push(&self, who: &str, message: &str) {
        self.commit(who, message);
        self.git(who, ["push", "--quiet", "origin", "HEAD:main"]);
        self.sops_opens(&self.clone(who));
    }

    /// Takes over what was pushed to main.
    pub(crate) fn pull(&self, who: &str) {
        self.git(who, ["pull", "--quiet", "--ff-only", "origin", "main"]);
    }

    /// A value of dev.
    pub(crate) fn get(&self, who: &str, key: &str) -> Output {
        self.vault(who, ["get", "dev", key]).prints_secrets().run()
    }

    /// sops opens every file that is there, with alice's key: she is always a recipient.
    pub(crate) fn sops_opens(&self, clone: &Path) {
        let files = std::fs::read_dir(clone.join("secrets")).expect("secrets");
        for file in files.flatten() {
            let path = file.path();
            let path = path.to_str().expect("text");
            let Some(sops) = self.sandbox.sops(["decrypt", path]) else {
                return;
            };
            sops.within(clone)
                .variable("SOPS_AGE_KEY_FILE", self.sandbox.path("alice.txt"))
                .succeeds();
        }
    }
}
