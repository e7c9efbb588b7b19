//! The variables of the process, looked at one by one.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::PathBuf,
    rc::Rc,
};

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Variables by which such services make themselves known: nearly all by the first; and GitHub, GitLab, Azure, Jenkins, TeamCity, Buildkite,
/// AWS CodeBuild.
const OF_CI: &[&str] = &[
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "TF_BUILD",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "BUILDKITE",
    "CODEBUILD_BUILD_ID",
];

/// Variables by name. An empty variable counts as none.
#[derive(Clone)]
pub(crate) struct Environment(Rc<dyn Variables>);

trait Variables {
    fn get(&self, name: &str) -> Option<OsString>;
    fn all(&self) -> Vec<(OsString, OsString)>;
}

/// The variables of this process; not copied, because most of them are nobody's business.
struct OfProcess;

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the process is read"
)]
impl Variables for OfProcess {
    fn get(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn all(&self) -> Vec<(OsString, OsString)> {
        std::env::vars_os().collect()
    }
}

impl Environment {
    /// The variables of this process.
    pub(crate) fn of_process() -> Self {
        Environment(Rc::new(OfProcess))
    }

    /// A variable that names a place or a thing.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    /// A variable that has a meaning of its own also when it is empty.
    pub(crate) fn as_set(&self, name: &str) -> Option<OsString> {
        self.0.get(name)
    }

    /// A variable that is text, and perhaps secret.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        let text = self.get(name).map(OsString::into_string).transpose();
        match text {
            Ok(text) => Ok(text.map(Zeroizing::new)),
            Err(bytes) => {
                drop(Zeroizing::new(bytes.into_encoded_bytes()));
                Err(Failure::new(format!("{name} is not text")))
            }
        }
    }

    /// A variable whose being there has a meaning of its own, also when it is empty.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(crate) fn text_as_set(&self, name: &str) -> Result<Option<String>, Failure> {
        let text = self.0.get(name).map(OsString::into_string).transpose();
        text.map_err(|_| Failure::new(format!("{name} is not text")))
    }

    /// A variable that names a place for the files of a user; relative ones do not count (XDG Base Directory Specification).
    pub(crate) fn folder(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.get(name)?);
        path.is_absolute().then_some(path)
    }

    /// Whether a service for continuous integration runs this: its logs are read by more people than its secrets.
    pub(crate) fn is_ci(&self) -> bool {
        let is_set = |name: &&str| {
            let value = self.get(name);
            value.is_some_and(|value| value != "false" && value != "0")
        };
        OF_CI.iter().any(is_set)
    }

    /// The home of the user, as the user's programs see it.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.folder("HOME")
    }

    /// The names of those that no child process gets; also when they are empty.
    pub(super) fn withheld(&self) -> Vec<OsString> {
        let names = self.0.all().into_iter().map(|(name, _)| name);
        names.filter(|name| is_withheld(name)).collect()
    }

    /// Those that a child process gets, with their values, in their order.
    pub(super) fn passed_on(&self) -> Vec<(OsString, OsString)> {
        let mut all = self.0.all();
        all.retain(|(name, _)| !is_withheld(name));
        all
    }
}

fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name == "VAULT_TRUST"
        || ["VAULT_IDENTITY", "SOPS_AGE_"]
            .iter()
            .any(|start| name.starts_with(start))
}

// Variables may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Fixed(BTreeMap<String, OsString>);

    impl Variables for Fixed {
        fn get(&self, name: &str) -> Option<OsString> {
            self.0.get(name).cloned()
        }

        fn all(&self) -> Vec<(OsString, OsString)> {
            let all = self.0.iter();
            all.map(|(name, value)| (name.into(), value.clone()))
                .collect()
        }
    }

    impl Environment {
        /// The environment of a test.
        pub(in super::super) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
            Environment::of_all(&variables)
        }

        pub(in super::super) fn of_all(variables: &[(&str, &str)]) -> Self {
            let variables = variables.iter();
            let variables = variables.map(|(name, value)| ((*name).to_owned(), value.into()));
            Environment(Rc::new(Fixed(variables.collect())))
        }
    }

    #[test]
    fn empty_is_as_good_as_none_and_relative_places_do_not_count() {
        let environment =
            Environment::of([("HOME", "somewhere"), ("XDG_STATE_HOME", ""), ("A", "b")]);
        assert_eq!(environment.home(), None);
        assert_eq!(environment.get("XDG_STATE_HOME"), None);
        assert_eq!(environment.text("A").unwrap().unwrap().as_str(), "b");
        assert_eq!(environment.get("B"), None);
    }

    #[test]
    fn ci_is_known_by_its_variables_unless_they_say_no() {
        for (name, value, is_ci) in [
            ("CI", "true", true),
            ("CI", "1", true),
            ("CI", "", false),
            ("CI", "false", false),
            ("CI", "0", false),
            ("GITHUB_ACTIONS", "true", true),
            ("JENKINS_URL", "https://ci.example", true),
            ("PATH", "/bin", false),
        ] {
            assert_eq!(
                Environment::of([(name, value)]).is_ci(),
                is_ci,
                "{name}={value}"
            );
        }
    }

    #[test]
    fn children_get_the_variables_of_hashicorps_program_and_no_identity() {
        let names = [
            "PATH",
            "SOPS_AGE_KEY",
            "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
            "SOPS_EDITOR",
            "VAULT_ADDR",
            "VAULT_IDENTITY",
            "VAULT_IDENTITY_CMD",
            "VAULT_TOKEN",
            "VAULT_TRUST",
        ];
        let environment = Environment::of(names.map(|name| (name, "")));
        let withheld: Vec<_> = environment.withheld();
        assert_eq!(
            withheld,
            [
                "SOPS_AGE_KEY",
                "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
                "VAULT_IDENTITY",
                "VAULT_IDENTITY_CMD",
                "VAULT_TRUST"
            ]
        );
    }
}
