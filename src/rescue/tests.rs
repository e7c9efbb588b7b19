use super::*;
use crate::secret::secret;

const TIME: &str = "2026-11-24T12:00:00Z";

fn subject() -> Subject {
    Subject {
        repository: Some("5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0".to_owned()),
        directory: Some("/home/alice/shop".to_owned()),
        environment: "payments/prod".parse().unwrap(),
        key: Some("database.\"a b\"".parse().unwrap()),
        base: Some([0xa7; 32]),
    }
}

fn made(subject: Subject, typed: &[u8], by: &Identity) -> Rescue {
    let own = [by.recipient().clone()];
    let began = Began::new(&subject, Some(&secret("A: 1\n")), &own);
    Rescue::new(subject, TIME, typed, began, &own)
}

fn text(rescue: &Rescue) -> String {
    rescue.to_string()
}

#[test]
fn a_rescue_gives_back_every_byte_to_whoever_typed_it() {
    let alice = Identity::generate();
    for typed in [
        &b"A: 2\n"[..],
        b"",
        b"\xff\0\r\n",
        b"\n\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    ] {
        let rescue = Rescue::parse(&text(&made(subject(), typed, &alice))).unwrap();
        assert_eq!((rescue.subject(), rescue.time()), (&subject(), TIME));
        assert!(rescue.open(&[&Identity::generate()]).unwrap().is_none());
        let contents = rescue.open(&[&alice]).unwrap().unwrap();
        assert_eq!(contents.typed.as_slice(), typed);
        assert_eq!(contents.began.unwrap().expose_secret(), "A: 1\n");
    }
}

#[test]
fn the_heading_is_clear_and_the_texts_are_not() {
    let rescue = text(&made(subject(), b"TOKEN: hunter2\n", &Identity::generate()));
    let (head, body) = rescue.split_once("\n\n").unwrap();
    assert_eq!(
        head,
        format!(
            "vault rescue 1\nrepository: 5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0\ndirectory: /home/alice/shop\nenvironment: payments/prod\nkey: database.\"a b\"\nbase: {}\ntime: {TIME}",
            "a7".repeat(32)
        )
    );
    assert!(!body.contains("hunter2"));
}

#[test]
fn what_a_subject_lacks_is_said() {
    let bare = Subject {
        repository: None,
        directory: None,
        key: None,
        base: None,
        ..subject()
    };
    let lines = bare.to_string();
    assert_eq!(
        lines,
        "vault rescue 1\nrepository: none\nenvironment: payments/prod\nbase: none\n"
    );
    assert_eq!(lines.parse(), Ok(bare.clone()));
    let odd = Subject {
        directory: Some("/a\nb".to_owned()),
        ..bare
    };
    assert_eq!(odd.to_string(), lines);
}

#[test]
fn a_text_below_another_heading_is_refused() {
    let alice = Identity::generate();
    let text = text(&made(subject(), b"A: 2\n", &alice));
    for (from, to) in [
        ("payments/prod", "payments/dev"),
        ("5c0e6a1f", "5c0e6a10"),
        (TIME, "2026-11-25T12:00:00Z"),
        ("base: a7", "base: a8"),
        ("key: database.\"a b\"\n", ""),
    ] {
        let moved = Rescue::parse(&text.replacen(from, to, 1)).unwrap();
        assert_eq!(
            moved.open(&[&alice]).err(),
            Some(RescueError::Heading),
            "{to}"
        );
    }
}

#[test]
fn the_beginning_of_another_edit_is_refused() {
    let alice = Identity::generate();
    let other = Subject {
        base: Some([1; 32]),
        ..subject()
    };
    let own = [alice.recipient().clone()];
    let began = Began::new(&other, Some(&secret("A: 1\n")), &own);
    let rescue = Rescue::new(subject(), TIME, b"A: 2\n", began, &own);
    assert_eq!(rescue.open(&[&alice]).err(), Some(RescueError::Heading));
}

#[test]
fn other_forms_are_no_rescues() {
    let good = text(&made(subject(), b"A: 2\n", &Identity::generate()));
    assert!(Rescue::parse(&good).is_ok());
    for (from, to) in [
        ("vault rescue 1", "vault rescue 2"),
        ("environment: ", "environment:"),
        ("payments/prod", "../prod"),
        ("base: a7", "base: A7"),
        ("base: a7", "base: "),
        ("time: ", "Time: "),
        ("repository", "note: x\nrepository"),
        ("\n\n", "\n"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_eq!(Rescue::parse(&text), Err(RescueError::Form), "{to:?}");
    }
    for text in ["", "\n\n", "vault rescue 1\n\n"] {
        assert_eq!(Rescue::parse(text), Err(RescueError::Form));
    }
    let half = good.rfind(ARMOR).unwrap();
    assert_eq!(Rescue::parse(&good[..half]), Err(RescueError::Form));
}

#[test]
fn nothing_is_another_beginning_than_an_empty_text() {
    let alice = Identity::generate();
    let own = [alice.recipient().clone()];
    for (base, is_there) in [(None, false), (Some(secret("")), true)] {
        let began = Began::new(&subject(), base.as_ref(), &own);
        let rescue = Rescue::new(subject(), TIME, b"x", began, &own);
        let contents = rescue.open(&[&alice]).unwrap().unwrap();
        assert_eq!(contents.began.is_some(), is_there);
    }
}
