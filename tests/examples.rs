//! The programs in `examples/`, called as their `main` would.

#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../examples/change.rs"]
mod change;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../examples/render.rs"]
mod render;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../examples/verify.rs"]
mod verify;

use std::{fs, path::PathBuf};

use vault::secret::ExposeSecret;

fn quickstart(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/quickstart")
        .join(path)
}

#[test]
fn verify_tells_who_signed_and_who_reads() {
    let report = verify::report(&quickstart(""), "prod").unwrap();
    assert_eq!(
        report,
        "signed by alice\nalice reads and writes\nci reads\n"
    );
}

#[test]
fn render_prints_what_the_program_prints() {
    let text = render::dotenv(&quickstart(""), "dev", &quickstart("ci.txt")).unwrap();
    let expected = fs::read_to_string(quickstart("expected.env")).unwrap();
    assert_eq!(text.expose_secret(), expected);
}

#[test]
fn change_touches_one_value_and_three_lines_of_the_metadata() {
    let (before, after) = change::change("nested.password", "correct horse").unwrap();
    let differing: Vec<&str> = before
        .lines()
        .zip(after.lines())
        .filter(|(before, after)| before != after)
        .filter_map(|(_, line)| line.trim_start().split(':').next())
        .collect();
    assert_eq!(differing, ["password", "lastmodified", "mac", "signature"]);
    assert_eq!(before.lines().count(), after.lines().count());
}
