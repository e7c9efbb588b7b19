//! Every attack of the page of threats is played by tests that are there.

use super::{read, top};

#[test]
fn every_row_of_the_threats_names_tests_that_exist() {
    let page = read("docs/threats.md");
    let (_, table) = page
        .split_once("| who | tries | gets | played by |\n")
        .expect("the table");
    let rows: Vec<&str> = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next();
        let words = tests.expect("a cell").split('`').skip(1).step_by(2);
        let tests: Vec<&str> = words.collect();
        assert!(!tests.is_empty(), "nobody plays: {row}");
        for test in tests {
            assert!(exists(test), "there is no test {test}");
        }
    }
}

/// Whether `module::name` is a test of the program.
fn exists(test: &str) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else {
        return false;
    };
    let path = format!("tests/cli/{}", module.replace("::", "/"));
    let text = [format!("{path}.rs"), format!("{path}/mod.rs")]
        .into_iter()
        .find(|path| top().join(path).is_file())
        .map(|path| read(&path));
    text.is_some_and(|text| text.contains(&format!("#[test]\nfn {name}(")))
}
