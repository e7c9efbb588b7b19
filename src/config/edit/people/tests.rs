use super::*;
use crate::keys::samples::{ALICE_AGE, BOB_AGE, DAVE_LINE};

fn config() -> String {
    format!(
        "version: 1 # one
recipients:
    # the boss
    alice: {ALICE_AGE}
    # on the road
    bob: {BOB_AGE} # since May
groups:
    team: [alice, bob] # both
environments:
    dev:
        recipients:
            - team
            # for himself
            - bob
    prod: {{ recipients: [alice, bob], writers: [] }}
# end
"
    )
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn left(pending: &[&str]) -> Former {
    Former {
        key: BOB_AGE.parse().unwrap(),
        removed: "2026-11-21".parse().unwrap(),
        pending: pending.iter().map(|name| name.parse().unwrap()).collect(),
    }
}

#[test]
fn somebody_new_stands_behind_the_others_and_no_comment_is_lost() {
    let admission = Admission {
        environments: vec!["dev".parse().unwrap(), "prod".parse().unwrap()],
        groups: vec![name("team")],
    };
    let dave = DAVE_LINE.parse().unwrap();
    let edited = with_recipient(&config(), &name("dave"), &dave, &admission).unwrap();
    let wanted = config()
        .replace(
            "# since May\n",
            &format!("# since May\n    dave: {DAVE_LINE}\n"),
        )
        .replace("[alice, bob] # both", "[alice, bob, dave] # both")
        .replace(
            "            - bob\n",
            "            - bob\n            - dave\n",
        )
        .replace("[alice, bob], writers", "[alice, bob, dave], writers");
    assert_eq!(edited, wanted);
}

#[test]
fn who_leaves_is_in_no_list_any_more_and_stands_among_the_former() {
    let edited = without_recipient(&config(), &name("bob"), &left(&["prod"])).unwrap();
    let wanted = config()
        .replace(&format!("    # on the road\n    bob: {BOB_AGE} # since May\n"), "")
        .replace("[alice, bob] # both", "[alice] # both")
        .replace("            # for himself\n            - bob\n", "")
        .replace("[alice, bob], writers", "[alice], writers")
        .replace(
            "# end\n",
            &format!(
                "former:\n    bob: {{ key: {BOB_AGE}, removed: 2026-11-21, pending: [prod] }}\n# end\n"
            ),
        );
    assert_eq!(edited, wanted);
    let done = with_pending_done(&edited, &name("bob"), &"prod".parse().unwrap()).unwrap();
    assert_eq!(done, wanted.replace(", pending: [prod]", ""));
    let back = with_recipient(
        &done,
        &name("bob"),
        &BOB_AGE.parse().unwrap(),
        &Admission::default(),
    )
    .unwrap();
    assert!(!back.contains("former"), "{back}");
}

#[test]
fn what_would_not_read_as_meant_is_not_edited() {
    let alice = ALICE_AGE.parse().unwrap();
    let taken = with_recipient(&config(), &name("eve"), &alice, &Admission::default());
    assert!(matches!(
        taken.unwrap_err().problem,
        Problem::KeyTaken { .. }
    ));
    let lone = config().replace("[alice, bob], writers", "[bob], writers");
    let last = without_recipient(&lone, &name("bob"), &left(&[])).unwrap_err();
    assert!(matches!(last.problem, Problem::NoReaders(_)), "{last}");
}
