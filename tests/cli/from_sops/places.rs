//! Names of files that no config can have, and those that they are given instead.

use super::{commands, opened, repository, sealed, typed};
use crate::team::get;

#[test]
fn yaml_under_another_name_is_found_and_one_line_makes_it_an_environment() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    let names = [
        "P.YAML",
        "p.conf",
        "deploy/secrets.yaml.enc",
        "secrets",
        "x.json",
        ".env.enc",
    ];
    for name in names.into_iter().chain(["far"]) {
        sandbox.write("plain.yaml", "A: 1\n");
        let Some(sops) = sandbox.sops(["encrypt", "plain.yaml"]) else {
            return;
        };
        let text = sops.succeeds().stdout().to_owned();
        sandbox.write(name, text);
    }
    std::fs::remove_file(sandbox.work("plain.yaml")).unwrap();
    // The name that comes first is one that git would not take.
    sandbox.write(".gitignore", "/secrets.yaml\n");
    let sealed = sandbox.read("p.conf");
    // Much stands before what sops has encrypted, or behind it.
    let far = format!("{}{}", "#\n".repeat(40_000), sandbox.read("far"));
    sandbox.write("far", far);
    sandbox.write(
        "README.md",
        format!("So it looks:\n\n```yaml\n{sealed}```\n"),
    );
    sandbox.commit("sops");
    let said = sandbox.vault(["init", "--from-sops"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   .env.enc: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n .env.enc env.enc.yaml
vault:   P.YAML: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n P.YAML P.yaml
vault:   deploy/secrets.yaml.enc: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n deploy/secrets.yaml.enc deploy/secrets.enc.yaml
vault:   far: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n far far.yaml
vault:   p.conf: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n p.conf p.conf.yaml
vault:   secrets: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n secrets secrets-2.yaml
vault:   x.json: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n x.json x.json.yaml
vault: hint: do what stands below one of them, and type the command again
",
    );
    typed(&sandbox, said.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let found = said.stderr().matches("(1 key), read by alice\n").count();
    assert_eq!(found, names.len() + 1, "{}", said.stderr());
    assert!(!said.stderr().contains("README"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn no_file_is_given_a_name_that_git_ignores() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "a.yaml", "A: 1\n") || !sealed(&sandbox, "b.json", "{\"B\": 1}") {
        return;
    }
    std::fs::rename(sandbox.work("a.yaml"), sandbox.work("a.conf")).unwrap();
    sandbox.write(".gitignore", "*.yaml\n");
    sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   a.conf: the path of a secret file ends in `.yaml` or `.yml`
vault:       git ignores every name in .yaml there: a line with ! in .gitignore lets one through
vault:   b.json: vault keeps YAML, and this is JSON
vault:       git ignores every name in .yaml there: a line with ! in .gitignore lets one through
vault: hint: do what stands below one of them, and type the command again
",
    );
}

#[test]
fn files_that_some_disks_take_for_one_stop_no_other_one() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    let paths = [
        "s/\u{e9}.yaml",
        "s/e\u{301}.yaml",
        "Prod.yaml",
        "prod.yaml",
        "dev.yaml",
    ];
    for path in paths {
        if !sealed(&sandbox, path, "A: 1\n") {
            return;
        }
    }
    if sandbox.files().len() < paths.len() + 1 {
        // This disk is one of those.
        return;
    }
    sandbox.commit("sops");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: these files of sops become environments, and stay as they are:
vault:   dev: dev.yaml (1 key), read by alice
vault: who reads them:
vault:   alice: [..]
vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   Prod.yaml: on some disks that is the name of prod.yaml, too
vault:       mv -n Prod.yaml Prod-2.yaml
vault:   prod.yaml: on some disks that is the name of Prod.yaml, too
vault:       mv -n prod.yaml prod-3.yaml
vault:   s/e\u{301}.yaml: on some disks that is the name of s/\u{e9}.yaml, too, whose characters are composed otherwise
vault:       mv -n s/e\u{301}.yaml s/e\u{301}-2.yaml
vault:   s/\u{e9}.yaml: on some disks that is the name of s/e\u{301}.yaml, too, whose characters are composed otherwise
vault:       mv -n s/\u{e9}.yaml s/\u{e9}-3.yaml
...
";
    snapbox::assert_data_eq!(said.stderr(), expected);
    typed(&sandbox, said.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let found = said.stderr().matches("(1 key), read by alice\n").count();
    assert_eq!(found, paths.len(), "{}", said.stderr());
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn no_folder_is_given_a_name_that_differs_in_case_alone_from_one_that_is_there() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for folder in ["x:y", "X-Y"] {
        std::fs::create_dir_all(sandbox.work(folder)).expect("a folder");
    }
    if !sealed(&sandbox, "./x:y/dev.yaml", "A: 1\n") || !sealed(&sandbox, "X-Y/dev.yaml", "A: 1\n")
    {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(
        said.stderr().contains("vault:       mv -n x:y x-y-2\n"),
        "{}",
        said.stderr()
    );
    typed(&sandbox, said.stderr());
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn what_is_said_to_do_replaces_no_file_and_gives_each_its_own() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "app.yaml", "YAML: 1\n") {
        return;
    }
    sealed(&sandbox, "app.env", "ENV=1\n");
    sealed(&sandbox, "app.json", "{\"JSON\": 1}");
    sealed(&sandbox, "app.ini", "[s]\nINI=1\n");
    sealed(&sandbox, "conf.env", "ENV=1\n");
    sealed(&sandbox, "conf.json", "{\"JSON\": 1}");
    let before = sandbox.read("app.yaml");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   app.env: vault keeps YAML, and this is a .env file
vault:       to sops, quotes, escapes, comments behind values and `export` are part of values and names: if the file has any, leave it out now, and once there is a vault `sops decrypt app.env | vault import NAME - --format dotenv` reads it as .env files are read; if it has none, then:
vault:       sops decrypt --output-type yaml app.env | sops encrypt --filename-override app.env.yaml --output app.env.yaml /dev/stdin
vault:       sops decrypt app.env.yaml > /dev/null && rm app.env
vault:   app.ini: vault keeps YAML, and this is an INI file
vault:       sops decrypt --output-type yaml app.ini | sops encrypt --filename-override app.ini.yaml --output app.ini.yaml /dev/stdin
vault:       sops decrypt app.ini.yaml > /dev/null && rm app.ini
vault:   app.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml app.json | sops encrypt --filename-override app.json.yaml --output app.json.yaml /dev/stdin
vault:       sops decrypt app.json.yaml > /dev/null && rm app.json
vault:   conf.env: vault keeps YAML, and this is a .env file
vault:       to sops, quotes, escapes, comments behind values and `export` are part of values and names: if the file has any, leave it out now, and once there is a vault `sops decrypt conf.env | vault import NAME - --format dotenv` reads it as .env files are read; if it has none, then:
vault:       sops decrypt --output-type yaml conf.env | sops encrypt --filename-override conf.yaml --output conf.yaml /dev/stdin
vault:       sops decrypt conf.yaml > /dev/null && rm conf.env
vault:   conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.json.yaml --output conf.json.yaml /dev/stdin
vault:       sops decrypt conf.json.yaml > /dev/null && rm conf.json
vault: hint: who does what stands below them first, and types the command again, has them in the plan; afterwards their values are imported
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
";
    assert!(said.stderr().ends_with(expected), "{}", said.stderr());
    for line in commands(said.stderr()) {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    assert_eq!(sandbox.read("app.yaml"), before);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    for (file, key) in [
        ("app.yaml", "YAML"),
        ("app.env.yaml", "ENV"),
        ("app.json.yaml", "JSON"),
        ("conf.yaml", "ENV"),
        ("conf.json.yaml", "JSON"),
    ] {
        assert!(opened(&sandbox, file)[key] == "1" || opened(&sandbox, file)[key] == 1);
    }
}

#[test]
fn no_two_files_are_given_one_name_and_none_that_of_a_file_that_is_there() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "a:b.yaml", "A: 1\n") {
        return;
    }
    let others = [
        "a?b.yaml",
        "a<b.yaml",
        "a|B.yaml",
        "q:r/1.yaml",
        "q:r/2.yaml",
        "q?r/3.yaml",
        "x:y/4.yaml",
    ];
    for path in others {
        sealed(&sandbox, path, "A: 1\n");
    }
    sandbox.write("x-y/taken", "");
    sandbox.write("a-b-2.yaml", "taken: 1\n");
    sandbox.commit("files");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let hints = |said: &str| {
        let lines = said.lines();
        let lines = lines.filter_map(|line| line.strip_prefix("vault:       "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut moves = hints(said.stderr());
    assert_eq!(
        moves,
        [
            "mv -n a:b.yaml a-b.yaml",
            "mv -n 'a<b.yaml' a-b-3.yaml",
            "mv -n 'a?b.yaml' a-b-4.yaml",
            "mv -n 'a|B.yaml' a-B-5.yaml",
            "mv -n q:r q-r",
            "mv -n q:r q-r",
            "mv -n 'q?r' q-r-2",
            "mv -n x:y x-y-2",
        ]
    );
    moves.dedup();
    for line in moves {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    let again = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(hints(again.stderr()).is_empty(), "{}", again.stderr());
    let found = again.stderr().matches(" (1 key), read by alice").count();
    assert_eq!(found, 1 + others.len(), "{}", again.stderr());
    assert_eq!(sandbox.read("a-b-2.yaml"), "taken: 1\n");
}

#[test]
fn what_is_said_about_names_that_no_config_can_have_works() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for folder in ["x:y", "-d", "con", "ünï"] {
        std::fs::create_dir_all(sandbox.work(folder)).expect("a folder");
    }
    if !sealed(&sandbox, "./x:y/dev.yaml", "A: 1\n") {
        return;
    }
    sealed(&sandbox, "./x:y/app.env", "ENV=1\n");
    sealed(&sandbox, "./-d/conf.json", "{\"JSON\": 1}");
    sealed(&sandbox, "con/prod.yaml", "A: 1\n");
    sealed(&sandbox, "ünï/a\"b.yaml", "A: 1\n");
    sealed(&sandbox, "ünï/c|d.json", "{\"JSON\": 1}");
    sealed(&sandbox, "ünï/語.yaml", "A: 1\n");
    sandbox.commit("files");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   -d/conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml ./-d/conf.json | sops encrypt --filename-override ./-d/conf.yaml --output ./-d/conf.yaml /dev/stdin
vault:       sops decrypt ./-d/conf.yaml > /dev/null && git rm --quiet ./-d/conf.json
vault:   con/prod.yaml: the path of a file holds a name that Windows keeps for a device
vault:       give it a plain name that ends in .yaml
vault:   x:y/app.env: vault keeps YAML, and this is a .env file
vault:       mv -n x:y x-y
vault:   x:y/dev.yaml: a character that no file should have in its name
vault:       mv -n x:y x-y
vault:   ünï/a\"b.yaml: a character that no file should have in its name
vault:       mv -n 'ünï/a\"b.yaml' ünï/a-b.yaml
vault:   ünï/c|d.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml 'ünï/c|d.json' | sops encrypt --filename-override ünï/c-d.yaml --output ünï/c-d.yaml /dev/stdin
vault:       sops decrypt ünï/c-d.yaml > /dev/null && git rm --quiet 'ünï/c|d.json'
vault: hint: who does what stands below them first, and types the command again, has them in the plan; afterwards their values are imported
";
    let (_, listed) = said
        .stderr()
        .split_once("\nvault: warning: these files")
        .unwrap();
    let (_, expected) = expected.split_once("vault: warning: these files").unwrap();
    assert!(listed.starts_with(expected), "{}", said.stderr());
    std::fs::rename(sandbox.work("con"), sandbox.work("c")).expect("another name");
    let mut commands = commands(said.stderr());
    commands.retain(|line| !line.starts_with("give it"));
    commands.dedup();
    for line in commands {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    let again = sandbox.vault(["init", "--from-sops"]).fails(2);
    let lines: Vec<&str> = again.stderr().lines().collect();
    assert_eq!(
        lines[1..8],
        [
            "vault:   d/conf: -d/conf.yaml (1 key), read by alice",
            "vault:   c/prod: c/prod.yaml (1 key), read by alice",
            "vault:   x-y/dev: x-y/dev.yaml (1 key), read by alice",
            "vault:   n/a-b: ünï/a-b.yaml (1 key), read by alice",
            "vault:   n/c-d: ünï/c-d.yaml (1 key), read by alice",
            "vault:   n: ünï/語.yaml (1 key), read by alice",
            "vault: who reads them:",
        ]
    );
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let line = ["env", "add", "new", "--recipients", "alice"];
    sandbox.vault(line).succeeds();
    for line in self::commands(said.stderr()) {
        let line = line.replace("NAME", "new");
        sandbox
            .program("/bin/sh", ["-c", &line])
            .prints_secrets()
            .succeeds();
    }
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "new", "ENV"), "1");
}

#[test]
fn a_line_to_type_means_the_file_of_that_name_and_no_other() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    let names = [
        "other.json",
        ":(top)other.json",
        ":!other.json",
        "ab.json",
        "a*.json",
        "a[b].json",
        "{a,b}.json",
        "-rf.json",
    ];
    for (at, name) in names.into_iter().enumerate() {
        // sops itself takes some of these names for something else.
        if !sealed(&sandbox, "plain.json", &format!("{{\"A\": {at}}}")) {
            return;
        }
        std::fs::rename(sandbox.work("plain.json"), sandbox.work(name)).unwrap();
    }
    sandbox.commit("sops");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    for line in [
        "git rm --quiet other.json\n",
        "git rm --quiet ':(literal):(top)other.json'\n",
        "git rm --quiet ':(literal):!other.json'\n",
        "git rm --quiet ab.json\n",
        "git rm --quiet ':(literal)a*.json'\n",
        "git rm --quiet ':(literal)a[b].json'\n",
        "git rm --quiet '{a,b}.json'\n",
        "git rm --quiet ./-rf.json\n",
    ] {
        assert!(said.stderr().contains(line), "{line}{}", said.stderr());
    }
    // Those with more in their names first: none may take another file with it.
    let mut lines = commands(said.stderr());
    assert_eq!(lines.len(), 2 * names.len(), "{}", said.stderr());
    for pair in lines.chunks_mut(2) {
        pair[1] = format!("{} && {}", pair[0], pair[1]);
    }
    let mut lines: Vec<String> = lines.into_iter().skip(1).step_by(2).collect();
    lines.sort_by_key(|line| line.contains("rm --quiet other") || line.contains("rm --quiet ab"));
    for (at, line) in lines.iter().enumerate() {
        let typed = sandbox.program("/bin/sh", ["-c", line]).run();
        assert_eq!(typed.code(), 0, "{line}: {}", typed.stderr());
        let left = names.iter().filter(|name| sandbox.exists(name)).count();
        assert_eq!(left, names.len() - at - 1, "{line}");
    }
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let found = said.stderr().matches("(1 key), read by alice\n").count();
    assert_eq!(found, names.len(), "{}", said.stderr());
}

#[test]
fn no_line_is_typed_for_a_name_that_no_line_shows() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "c.yaml", "C: 1\n") || !sealed(&sandbox, "plain.json", "{\"A\": 1}") {
        return;
    }
    for name in ["a\tb.json", "n\nl.json"] {
        std::fs::copy(sandbox.work("plain.json"), sandbox.work(name)).unwrap();
    }
    std::fs::remove_file(sandbox.work("plain.json")).unwrap();
    sandbox.commit("sops");
    let told = |last: &str| {
        format!(
            "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   a\\u{{9}}b.json: vault keeps YAML, and this is JSON
vault:       no line to type can show its name: give it a plain one, {last}
vault:   n\\u{{a}}l.json: vault keeps YAML, and this is JSON
vault:       no line to type can show its name: give it a plain one, {last}
"
        )
    };
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let first = told("and type the command again");
    assert!(said.stderr().contains(&first), "{}", said.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let later = told("then vault import NAME FILE");
    assert!(said.stderr().contains(&later), "{}", said.stderr());
}
