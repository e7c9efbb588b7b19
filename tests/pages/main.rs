//! The documents say what is so: their examples run, their links lead somewhere, and they name every command, option and key.

mod console;
mod links;
#[path = "../peers/mod.rs"]
mod peers;
mod pipelines;
mod rules;
mod stops;
mod threats;
mod unit;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use vault::config::{CONFIG_KEYS, ENVIRONMENT_KEYS};

/// Pages whose examples are run.
const RUN: [&str; 10] = [
    "README.md",
    "docs/ci.md",
    "docs/commands.md",
    "docs/docker-compose.md",
    "docs/fastapi.md",
    "docs/from-dotenv.md",
    "docs/from-sops.md",
    "docs/hook.md",
    "docs/json.md",
    "docs/outputs.md",
];

/// Pages with examples that are not: the one of the format shows files that the reader has to make.
const NOT_RUN: [&str; 1] = ["docs/format.md"];

/// Reads a file of the project.
fn read(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn vault(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_vault"))
        .args(arguments)
        .current_dir(top())
        .env_clear()
        .env("HOME", home.path())
        .output()
        .expect("the program was built for this test");
    assert!(output.status.success(), "vault {}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_readme_shows_what_happens() {
    console::run("README.md");
}

#[test]
fn the_page_of_commands_shows_what_happens() {
    console::run("docs/commands.md");
}

#[test]
fn the_guide_from_dotenv_shows_what_happens() {
    console::run("docs/from-dotenv.md");
}

#[test]
fn the_page_of_answers_for_programs_shows_what_happens() {
    console::run("docs/json.md");
}

#[test]
fn every_command_that_answers_programs_stands_on_their_page() {
    let page = read("docs/json.md");
    let sections: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## vault "))
        .map(str::to_owned)
        .collect();
    let answers = |command: &String| {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        options(&vault(&words)).any(|option| option == "--json")
    };
    assert_eq!(
        sections,
        all_commands().into_iter().filter(answers).collect()
    );
}

#[test]
fn the_page_of_checks_before_a_commit_shows_what_happens() {
    console::run("docs/hook.md");
}

#[test]
fn the_page_of_outputs_shows_what_happens() {
    console::run("docs/outputs.md");
}

#[test]
fn the_guide_to_compose_shows_what_happens() {
    console::run("docs/docker-compose.md");
}

/// docker cannot run in a test: what it would read is at least YAML, and names files that the guide has rendered.
#[test]
fn the_compose_files_of_the_guide_are_yaml_and_their_files_are_there() {
    let page = read("docs/docker-compose.md");
    let files = console::files(&page);
    assert_eq!(files.len(), 4);
    for (name, content) in files {
        let compose: serde_yaml::Value =
            serde_yaml::from_str(&content).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(compose["services"]["app"].is_mapping(), "{name}");
        let secrets = compose["secrets"].as_mapping();
        for (secret, source) in secrets.into_iter().flatten() {
            let file = source["file"].as_str().expect("a path");
            let secret = secret.as_str().expect("a name");
            assert!(
                file.ends_with(&format!("/secrets/{secret}")),
                "{name}: {file}"
            );
            assert!(page.lines().any(|line| line == secret), "{name}: {secret}");
        }
    }
}

#[test]
fn the_guide_for_ci_shows_what_happens() {
    console::run("docs/ci.md");
}

#[test]
fn the_guide_to_fastapi_shows_what_happens() {
    let Some(python) = peers::python() else {
        return;
    };
    let libraries = ["-c", "import fastapi, httpx, pydantic_settings"];
    let imported = Command::new(&python).args(libraries).output();
    if !imported.is_ok_and(|output| output.status.success()) {
        peers::skip("python3 has no fastapi, httpx and pydantic-settings");
        return;
    }
    console::run_with("docs/fastapi.md", &[("python", &python)]);
}

#[test]
fn the_page_for_repositories_of_sops_shows_what_happens() {
    let Some(sops) = peers::sops() else { return };
    console::run_with("docs/from-sops.md", &[("sops", &sops)]);
}

#[test]
fn no_other_page_has_examples_that_nobody_runs() {
    for page in links::all() {
        let is_known = RUN.contains(&page.as_str()) || NOT_RUN.contains(&page.as_str());
        assert!(
            is_known || console::steps(&read(&page)).is_empty(),
            "{page}"
        );
    }
}

#[test]
fn the_first_command_of_the_readme_prints_the_quickstart() {
    let readme = read("README.md");
    let command = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -- "))
        .expect("the README says how to try it");
    let arguments: Vec<&str> = command.split(' ').collect();
    assert_eq!(vault(&arguments), read("fixtures/quickstart/expected.env"));
    assert!(read("fixtures/quickstart/README.md").contains(command));
    assert!(readme.contains("\ncargo test\n"));
}

#[test]
fn the_quickstart_verifies_without_a_key() {
    let checked = vault(&["-C", "fixtures/quickstart", "check", "--keyless"]);
    assert_eq!(
        checked,
        "common: ok (signed by alice)\ndev: ok (signed by alice)\nprod: ok (signed by alice)\n"
    );
}

#[test]
fn every_command_has_a_section_and_every_section_is_of_a_command() {
    let commands: BTreeSet<String> = all_commands().into_iter().collect();
    let page = read("docs/commands.md");
    let sections: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## vault "))
        .map(str::to_owned)
        .collect();
    assert_eq!(sections, commands);
    for alias in ["`ls`", "`rm`", "`delete`", "`validate`"] {
        assert!(page.contains(alias), "{alias}");
    }
}

#[test]
fn every_option_of_a_command_stands_in_its_section_and_no_other() {
    let page = read("docs/commands.md");
    let common = ["-C", "--identity", "--help"];
    for command in all_commands() {
        let start = format!("## vault {command}\n");
        let section = page
            .split_once(&start)
            .expect("it has a section")
            .1
            .split("\n## ")
            .next()
            .expect("a first part");
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = vault(&words);
        let offered: BTreeSet<&str> = options(&help)
            .filter(|option| !common.contains(option))
            .collect();
        let told: BTreeSet<&str> = section
            .lines()
            .filter(|line| line.starts_with("| `-"))
            .filter_map(|line| {
                line.split('|')
                    .nth(1)?
                    .split('`')
                    .rfind(|part| part.starts_with("--"))
            })
            .filter_map(|option| option.split(' ').next())
            .collect();
        assert_eq!(told, offered, "vault {command}");
    }
}

/// Every command; one that has commands of its own stands for those.
fn all_commands() -> Vec<String> {
    let below = |command: String| {
        let help = vault(&[&command, "--help"]);
        match help.contains("Commands:\n") {
            false => vec![command],
            true => commands(&help)
                .into_iter()
                .map(|below| format!("{command} {below}"))
                .collect(),
        }
    };
    commands(&vault(&["--help"]))
        .into_iter()
        .flat_map(below)
        .collect()
}

/// The words under `Commands:` but `help`.
fn commands(help: &str) -> Vec<String> {
    let listed = help.split_once("Commands:\n").expect("a list").1;
    listed
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

/// The long options of a help text.
fn options(help: &str) -> impl Iterator<Item = &str> {
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
}

#[test]
fn every_exit_code_is_explained() {
    let page = read("docs/commands.md");
    let codes = page
        .split_once("### Exit codes")
        .expect("a table of codes")
        .1;
    for code in ["0 |", "1 |", "2 |", "3 |", "125, 126, 127 |", "128 + n |"] {
        assert!(codes.contains(&format!("\n| {code}")), "{code}");
    }
}

#[test]
fn every_key_of_the_config_is_explained() {
    let page = read("docs/config.md");
    for key in CONFIG_KEYS.iter().chain(ENVIRONMENT_KEYS.iter()) {
        assert!(page.contains(&format!("\n| `{key}` |")), "{key}");
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let broken: Vec<String> = links::all()
        .iter()
        .flat_map(|page| links::broken_links(page))
        .collect();
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_changelog_tells_of_this_version_or_of_the_next() {
    let heading = format!("\n## [{}]", env!("CARGO_PKG_VERSION"));
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains(&heading) || changelog.contains("\n## [Unreleased]"));
}

#[test]
fn the_readme_names_the_oldest_rust_that_does() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(read("README.md").contains(&format!("Rust {version} or newer")));
    assert!(read("CONTRIBUTING.md").contains(&format!("Rust ({version} or newer)")));
}

#[test]
fn no_file_of_ours_names_a_place_on_one_machine() {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/tm", "p/w/"),
        concat!("..", "/shared"),
        concat!("shared", "/fixtures"),
    ];
    for path in links::texts() {
        let text = read(&path);
        for place in places {
            assert!(!text.contains(place), "{path} names {place}");
        }
    }
}
