//! The pipelines of the guide for CI: their steps run in a clone, with the variables that such a runner sets.
//!
//! What a service does itself is not played: checking out, waiting for other jobs, keeping artifacts. Conditions and expressions are looked up in
//! tables; one that is not there fails the test.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_yaml::Value;
use tempfile::TempDir;

use super::{console, read};

const PAGE: &str = "docs/ci.md";
const SECRET: &str = "s3cret-of-prod";

/// Alice's vault as in the guide, what she gave to the service, the repository that it clones, and two branches that somebody wants to be merged: one of the team, and one of
/// a fork.
const BEFORE: &str = r#"
git config --global init.defaultBranch main
git init --quiet && git config user.name Alice && git config user.email alice@example.com
vault init --name alice --env dev prod --yes
echo 's3cret-of-prod' | vault set prod API_TOKEN
vault set prod LOG_LEVEL=info
vault set dev LOG_LEVEL=debug
printf '#!/bin/sh\necho "deploying with LOG_LEVEL=$LOG_LEVEL and $API_TOKEN"\n' > deploy
chmod +x deploy
vault keygen --output ~/ci.txt
line=$(vault -i ~/ci.txt whoami | head -n 1)
sed -i "s|^recipients:|&\n    ci: $line reads-only|; /^    prod:/,/recipients/s/\[alice\]/[alice, ci]/" .vault.yaml
vault sync --yes
git add --all && git commit --quiet --message 'our secrets'
git clone --quiet --bare . ../origin.git
grep AGE-SECRET-KEY ~/ci.txt > ../identity
vault trust --export prod > ../trust
git checkout --quiet -b feature
echo 'n3w-value-of-dev' | vault set dev NEW_KEY
git commit --quiet --all --message 'a new key'
git push --quiet ../origin.git feature
sed -i 's/^LOG_LEVEL:/LOG_LEVEL_OLD:/' secrets/prod.yaml
git commit --quiet --all --message 'an edit without a signature'
git clone --quiet --bare ../origin.git ../fork.git
git push --quiet ../fork.git HEAD:forged
printf '#!/bin/sh\nprintf "%%s\\n" "$*" > ../comment\nfor last; do :; done\ncat "$last" >> ../comment\n' > ../bin/gh
chmod +x ../bin/gh
"#;

/// A service that runs pipelines.
struct Runner {
    world: TempDir,
    variables: BTreeMap<String, String>,
}

impl Runner {
    fn new() -> Self {
        let runner = Runner {
            world: console::world(),
            variables: BTreeMap::new(),
        };
        let script = runner.write("before", &format!("set -e\n{BEFORE}"));
        let output = console::shell(runner.world.path(), &script)
            .env("GIT_CONFIG_GLOBAL", runner.place("gitconfig"))
            .output()
            .expect("a shell");
        succeeded(&output);
        fs::create_dir(runner.place("runner")).expect("a home");
        runner
    }

    fn place(&self, name: &str) -> PathBuf {
        self.world.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place(name);
        fs::write(&path, text).expect("a file of our own");
        path
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.place(name)).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: impl AsRef<Path>) {
        let value = value.as_ref().display().to_string();
        self.variables.insert(name.to_owned(), value);
    }

    /// A new machine that has checked out a branch; one that is not in the repository comes from the fork.
    fn checkout(&self, branch: &str) {
        for folder in ["work", "runner"] {
            fs::remove_dir_all(self.place(folder)).expect("what was there before");
        }
        fs::create_dir(self.place("runner")).expect("a home");
        let git = |line: &[&str], folder: PathBuf| {
            let git = Command::new("git").args(line).current_dir(folder).status();
            assert!(git.expect("git").success(), "git {line:?}");
        };
        git(&["clone", "--quiet", "origin.git", "work"], self.place(""));
        let source = match branch {
            "forged" => "../fork.git",
            _ => "../origin.git",
        };
        git(&["fetch", "--quiet", source, branch], self.place("work"));
        git(&["checkout", "--quiet", "FETCH_HEAD"], self.place("work"));
    }

    /// Runs a script as services do: it ends at the first command that fails, also in a pipe.
    fn run(&self, script: &str, more: &BTreeMap<String, String>) -> Output {
        let script = self.write("script", script);
        let sh = console::shell(self.world.path(), &script);
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .current_dir(self.place("work"))
            .env_clear();
        bash.envs(
            sh.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        bash.env("HOME", self.place("runner")).env("CI", "true");
        bash.envs(&self.variables).envs(more);
        bash.output().expect("bash")
    }
}

fn succeeded(output: &Output) -> String {
    let said = said(output);
    assert!(output.status.success(), "{said}");
    said
}

fn said(output: &Output) -> String {
    let out = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(out).expect("text")
}

/// The fences of a language below a heading.
fn fences(heading: &str, language: &str) -> Vec<String> {
    let page = read(PAGE);
    let start = format!("\n## {heading}\n");
    let section = page.split_once(&start).expect("a section").1;
    let section = section.split("\n## ").next().expect("a first part");
    let opening = format!("```{language}\n");
    let fences = section.split(&opening).skip(1);
    fences
        .map(|fence| fence.split("```").next().expect("its end").to_owned())
        .collect()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

fn words(value: &Value) -> &str {
    value.as_str().expect("text")
}

mod github {
    use super::*;

    /// Whether a condition holds.
    fn holds(condition: &Value, event: &str, is_fork: bool) -> bool {
        let Some(condition) = condition.as_str() else {
            return true;
        };
        condition.split(" && ").all(|part| match part {
            "github.event_name == 'pull_request'" => event == "pull_request",
            "github.event_name == 'push'" => event == "push",
            "github.event.pull_request.head.repo.full_name == github.repository" => !is_fork,
            part => panic!("the condition {part}"),
        })
    }

    fn expression(runner: &Runner, text: &str) -> String {
        match text {
            "${{ github.token }}" => "token-of-the-run".to_owned(),
            "${{ github.event.pull_request.number }}" => "7".to_owned(),
            "${{ secrets.VAULT_IDENTITY }}" => runner.text("identity").trim().to_owned(),
            "${{ vars.VAULT_TRUST }}" => runner.text("trust").trim().to_owned(),
            text => panic!("the expression {text}"),
        }
    }

    fn environment(runner: &Runner, step: &Value) -> BTreeMap<String, String> {
        let variables = step["env"].as_mapping().into_iter().flatten();
        let set = |(name, value): (&Value, &Value)| {
            (words(name).to_owned(), expression(runner, words(value)))
        };
        variables.map(set).collect()
    }

    fn runner() -> Runner {
        let mut runner = Runner::new();
        runner.set("GITHUB_ACTIONS", "true");
        runner.set("GITHUB_BASE_REF", "main");
        runner.set("GITHUB_REPOSITORY", "team/app");
        runner.set("RUNNER_TEMP", runner.place("tmp"));
        runner.set("GITHUB_STEP_SUMMARY", runner.place("summary"));
        runner.set("GITHUB_ENV", runner.place("env"));
        runner
    }

    /// Runs the steps of a job, until one fails.
    fn job(runner: &Runner, job: &Value, event: &str, is_fork: bool) -> Vec<Output> {
        let steps = job["steps"].as_sequence().expect("steps").iter();
        let mut outputs: Vec<Output> = Vec::new();
        for step in steps {
            if step["run"].is_null() {
                assert_eq!(words(&step["uses"]), "actions/checkout@v4");
                continue;
            }
            if !holds(&step["if"], event, is_fork) {
                continue;
            }
            outputs.push(runner.run(words(&step["run"]), &environment(runner, step)));
            if outputs
                .last()
                .is_some_and(|output| !output.status.success())
            {
                break;
            }
        }
        outputs
    }

    fn workflow() -> Value {
        yaml(&fences("GitHub Actions", "yaml")[0])
    }

    #[test]
    fn a_pull_request_is_checked_and_gets_a_comment_without_any_value() {
        let (runner, workflow) = (runner(), workflow());
        runner.checkout("feature");
        let outputs = job(&runner, &workflow["jobs"]["check"], "pull_request", false);
        assert_eq!(outputs.len(), 3);
        let said: Vec<_> = outputs.iter().map(succeeded).collect();
        let last = said.last().cloned().unwrap_or_default();
        assert!(last.contains("dev: ok (signed by alice)"), "{last}");
        let comment = runner.text("comment");
        assert!(
            comment.starts_with("pr comment 7 --repo team/app"),
            "{comment}"
        );
        for text in [&comment, &runner.text("summary")] {
            assert!(text.contains("NEW_KEY"), "{text}");
            assert!(!text.contains("n3w-value"), "{text}");
        }
    }

    #[test]
    fn a_pull_request_of_a_fork_gets_no_comment_and_the_summary_all_the_same() {
        let (runner, workflow) = (runner(), workflow());
        runner.checkout("feature");
        let outputs = job(&runner, &workflow["jobs"]["check"], "pull_request", true);
        assert_eq!(outputs.len(), 2);
        outputs.iter().map(succeeded).for_each(drop);
        assert_eq!(runner.text("comment"), "");
        assert!(runner.text("summary").contains("NEW_KEY"));
    }

    #[test]
    fn a_forged_file_fails_the_check_with_3() {
        let (runner, workflow) = (runner(), workflow());
        runner.checkout("forged");
        let outputs = job(&runner, &workflow["jobs"]["check"], "pull_request", true);
        let last = outputs.last().expect("a step");
        assert_eq!(last.status.code(), Some(3), "{}", said(last));
        assert!(said(last).contains("prod: not ok"), "{}", said(last));
    }

    #[test]
    fn main_is_checked_and_deployed_with_values_that_the_log_does_not_show() {
        let (runner, workflow) = (runner(), workflow());
        let jobs = &workflow["jobs"];
        assert!(!holds(&jobs["deploy"]["if"], "pull_request", false));
        assert!(holds(&jobs["deploy"]["if"], "push", false));
        runner.checkout("main");
        for name in ["check", "deploy"] {
            let outputs = job(&runner, &jobs[name], "push", false);
            assert_eq!(outputs.len(), 1, "{name}");
            let said = succeeded(&outputs[0]);
            match name {
                "deploy" => assert_eq!(said, "deploying with LOG_LEVEL=*** and ***\n"),
                _ => assert!(said.contains("prod: ok"), "{said}"),
            }
        }
    }

    #[test]
    fn only_steps_of_the_deployment_get_an_identity() {
        let workflow = workflow();
        let text = serde_yaml::to_string(&workflow["jobs"]["check"]).expect("YAML");
        assert!(!text.contains("VAULT_IDENTITY") && !text.contains("secrets."));
        assert!(workflow["on"]["pull_request_target"].is_null());
    }

    #[test]
    fn a_value_for_a_later_step_is_masked_first() {
        let runner = runner();
        runner.checkout("main");
        let fence = yaml(&fences("GitHub Actions", "yaml")[1]);
        let outputs = job(&runner, &fence, "push", false);
        assert_eq!(succeeded(&outputs[0]), format!("::add-mask::{SECRET}\n"));
        assert_eq!(told_later(&runner), SECRET);
    }

    /// What the service takes for the value of the variable.
    fn told_later(runner: &Runner) -> String {
        let text = runner.text("env");
        let (first, rest) = text.split_once('\n').expect("a line");
        let end = first
            .strip_prefix("API_TOKEN<<")
            .expect("a name and an end");
        let (value, after) = rest.split_once(&format!("\n{end}\n")).expect("the end");
        assert_eq!(after, "");
        value.to_owned()
    }

    #[test]
    fn a_value_of_several_lines_stays_one_and_each_line_is_masked() {
        let runner = runner();
        runner.checkout("main");
        let value = "-----BEGIN KEY-----\n\nABC=100%0A\nAPI_TOKEN=x\n-----END KEY-----";
        let fence = yaml(&fences("GitHub Actions", "yaml")[1]);
        let before = format!(
            "vault() {{ printf '%s\\n' '{value}'; }}\n{}",
            words(&fence["steps"][0]["run"])
        );
        let said = succeeded(&runner.run(&before, &BTreeMap::new()));
        assert_eq!(
            said,
            "::add-mask::-----BEGIN KEY-----\n::add-mask::ABC=100%250A\n::add-mask::API_TOKEN=x\n::add-mask::-----END KEY-----\n"
        );
        assert_eq!(told_later(&runner), value);
    }

    /// The shell of this service does not look at what stands before a pipe.
    #[test]
    fn a_step_that_gets_no_value_fails_and_passes_nothing_on() {
        let runner = runner();
        runner.checkout("main");
        let fence = yaml(&fences("GitHub Actions", "yaml")[1]);
        let script = format!("set +o pipefail\n{}", words(&fence["steps"][0]["run"]));
        let output = runner.run(&script, &BTreeMap::new());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert_eq!(runner.text("env"), "");
        let path = runner.place("work/secrets/prod.yaml");
        let text = fs::read_to_string(&path).expect("the file");
        fs::write(&path, text.replace("LOG_LEVEL:", "LOG_LEVEL_OLD:")).expect("an edit");
        let step = environment(&runner, &fence["steps"][0]);
        let output = runner.run(&script, &step);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert_eq!(runner.text("env"), "");
    }
}

mod gitlab {
    use super::*;

    fn runner() -> Runner {
        let mut runner = Runner::new();
        runner.set("GITLAB_CI", "true");
        runner.set("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main");
        runner
    }

    /// A job, with the rule by which it runs.
    fn job(name: &str, rule: &str) -> Value {
        let pipeline = yaml(&fences("GitLab", "yaml")[0]);
        let job = pipeline[name].clone();
        assert_eq!(words(&job["rules"][0]["if"]), rule);
        job
    }

    fn run(runner: &Runner, job: &Value, more: &BTreeMap<String, String>) -> Output {
        let lines = job["script"].as_sequence().expect("lines").iter();
        let script: String = lines.map(|line| format!("{}\n", words(line))).collect();
        runner.run(&script, more)
    }

    #[test]
    fn a_merge_request_is_checked_and_what_it_changes_is_kept() {
        let runner = runner();
        let check = job(
            "check-secrets",
            r#"$CI_PIPELINE_SOURCE == "merge_request_event""#,
        );
        assert_eq!(words(&check["artifacts"]["paths"][0]), "changes.md");
        runner.checkout("feature");
        let said = succeeded(&run(&runner, &check, &BTreeMap::new()));
        assert!(said.contains("dev: ok (signed by alice)"), "{said}");
        let changes = runner.text("work/changes.md");
        assert!(
            changes.contains("NEW_KEY") && !changes.contains("n3w-value"),
            "{changes}"
        );
        runner.checkout("forged");
        assert_eq!(
            run(&runner, &check, &BTreeMap::new()).status.code(),
            Some(3)
        );
    }

    #[test]
    fn main_is_checked_and_deployed() {
        let runner = runner();
        let rule = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
        runner.checkout("main");
        let said = succeeded(&run(&runner, &job("check-main", rule), &BTreeMap::new()));
        assert!(said.contains("prod: ok (signed by alice)"), "{said}");
        let deploy = job("deploy", rule);
        assert_eq!(words(&deploy["variables"]["VAULT_TRUST"]), "$TRUST_OF_PROD");
        assert_eq!(words(&deploy["environment"]), "production");
        let given = BTreeMap::from([
            (
                "VAULT_TRUST".to_owned(),
                runner.text("trust").trim().to_owned(),
            ),
            (
                "VAULT_IDENTITY".to_owned(),
                runner.text("identity").trim().to_owned(),
            ),
        ]);
        let said = succeeded(&run(&runner, &deploy, &given));
        assert_eq!(said, "deploying with LOG_LEVEL=*** and ***\n");
    }
}

mod shell {
    use super::*;

    #[test]
    fn the_scripts_check_a_branch_and_what_is_checked_out_and_deploy() {
        let runner = Runner::new();
        let fences = fences("Any other: plain shell", "sh");
        let [check, deploy] = fences.as_slice() else {
            panic!("two scripts");
        };
        let nothing = BTreeMap::new();
        runner.checkout("feature");
        let said = succeeded(&runner.run(&format!("set -- main\n{check}"), &nothing));
        assert!(
            said.contains("NEW_KEY") && said.contains("dev: ok"),
            "{said}"
        );
        runner.checkout("forged");
        let forged = runner.run(&format!("set -- main\n{check}"), &nothing);
        assert_eq!(forged.status.code(), Some(3));
        runner.checkout("main");
        let said = succeeded(&runner.run(check, &nothing));
        assert!(said.contains("prod: ok (signed by alice)"), "{said}");
        let given = BTreeMap::from([
            (
                "VAULT_TRUST".to_owned(),
                runner.text("trust").trim().to_owned(),
            ),
            (
                "VAULT_IDENTITY".to_owned(),
                runner.text("identity").trim().to_owned(),
            ),
        ]);
        let said = succeeded(&runner.run(deploy, &given));
        assert_eq!(said, "deploying with LOG_LEVEL=*** and ***\n");
    }
}
