//! The `.env` files that vault writes, given to the programs that read them.
//!
//! The values picked by hand and 2,000 random ones: each is refused before anything is written, or comes back byte for byte, or
//! is one of those that vault names in a warning about that reader; and whatever it names is read wrong. There is no fourth
//! outcome. A program that is not here is skipped with a line that says so, or fails its test where `VAULT_TEST_PEERS=required`.
//!
//! `cargo test --test readers -- --ignored print_table --nocapture` makes the table of `docs/readers.md`.

#[path = "../peers/mod.rs"]
mod peers;

mod programs;
mod sample;
mod table;

use programs::{PROGRAMS, Program};
use sample::Sample;
use table::{Row, Tally};

fn every_value_has_an_outcome(name: &str) {
    let program = named(name);
    for sample in [Sample::picked(), Sample::random()] {
        let Some(read) = (program.read)(&sample) else {
            return peers::skip(&format!("{name} is not here"));
        };
        let tally = Tally::of(&sample, &read, program.warned);
        assert!(tally.wrong.is_empty(), "{name}: {:#?}", tally.wrong);
        assert!(tally.refused > 0 && tally.exact > 0);
    }
}

fn named(name: &str) -> &'static Program {
    PROGRAMS
        .iter()
        .find(|program| program.name == name)
        .expect("it is in the table")
}

macro_rules! readers {
    ($($test:ident: $name:literal,)+) => {
        $(#[test] fn $test() { every_value_has_an_outcome($name); })+

        #[test]
        fn every_program_of_the_table_is_asked() {
            assert_eq!(PROGRAMS.each_ref().map(|program| program.name), [$($name),+]);
        }
    };
}

readers! {
    bash_reads_back_every_value: "bash",
    busybox_reads_back_every_value: "busybox",
    dash_reads_back_every_value: "dash",
    mksh_reads_back_every_value: "mksh",
    zsh_reads_back_every_value: "zsh",
    node_reads_back_every_value: "node --env-file",
    npm_dotenv_16_reads_back_every_value: "npm dotenv 16",
    npm_dotenv_18_reads_back_every_value: "npm dotenv 18",
    python_dotenv_reads_back_every_value: "python-dotenv, interpolate=False",
    python_dotenv_by_default_misreads_only_values_that_are_warned_about: "python-dotenv",
    pydantic_settings_misreads_only_values_that_are_warned_about: "pydantic-settings",
    django_environ_misreads_only_values_that_are_warned_about: "django-environ",
    docker_compose_reads_back_every_value: "compose-go",
    godotenv_reads_back_every_value: "godotenv",
    docker_run_misreads_only_values_that_are_known: "docker/cli",
    systemd_reads_back_every_value: "systemd",
}

/// All rows, or `None` where one of the programs is not here.
fn rows() -> Option<Vec<Row>> {
    let samples = [Sample::picked(), Sample::random()];
    let mut rows = Vec::new();
    for program in &PROGRAMS {
        let tally = |sample: &Sample| {
            (program.read)(sample).map(|read| Tally::of(sample, &read, program.warned))
        };
        let Some(tallies) = samples.each_ref().map(tally).into_iter().collect() else {
            peers::skip(&format!("{} is not here", program.name));
            return None;
        };
        rows.push(Row {
            name: program.name,
            version: (program.version)(),
            tallies,
        });
    }
    Some(rows)
}

#[test]
fn the_page_of_readers_shows_the_table() {
    let Some(rows) = rows() else { return };
    let page = include_str!("../../docs/readers.md");
    // Another machine has other versions of some.
    let shown: Vec<String> = table::lines(page).map(table::without_version).collect();
    let text = table::text(&rows);
    let measured: Vec<String> = table::lines(&text).map(table::without_version).collect();
    assert_eq!(shown, measured);
    assert!(
        rows.iter()
            .flat_map(|row| &row.tallies)
            .all(|tally| tally.wrong.is_empty())
    );
}

#[test]
#[ignore = "prints the table of docs/readers.md"]
fn print_table() {
    if let Some(rows) = rows() {
        peers::note(&format!("\n{}", table::text(&rows)));
    }
}
