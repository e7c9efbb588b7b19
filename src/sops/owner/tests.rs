use super::*;
use crate::yaml::{Document, Part};

/// The path of the owner of each comment: `c1=a:b c2=`; the root has none.
fn owners(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    let outline = Outline::new(&document);
    let owners = Owners::new(&outline);
    assert_eq!(owners.unread_from, None, "{text:?}");
    let comments = (0..document.items().len())
        .filter(|at| document.items()[*at].part == Part::Comment)
        .map(|at| {
            let keys = owners.of(at).map(|owner| outline.keys_to(owner));
            let path = keys.unwrap_or_default().join(":");
            format!("{}={path}", document.str_at(at).trim())
        });
    comments.collect::<Vec<_>>().join(" ")
}

/// What sops 3.13.3 does; the metadata always follows the data.
#[test]
fn comments_belong_to_what_sops_gives_them_to() {
    let cases = [
        ("# c1\n\n# c2\na: 1 # c3\n# c4\n", "c1= c2= c3= c4="),
        ("a: # c1\n  b: 1\n", "c1="),
        ("a: # c1\n  - b\n", "c1="),
        ("a: # c1\n", "c1="),
        ("a: | # c1\n  x\nb: 1\n", "c1="),
        // The first and last lines of a nested map; what a blank line separates from it stands above what follows.
        (
            "a:\n  # c1\n  b: 1\n  # c2\n\n  # c3\nz: 1\n",
            "c1=a c2=a c3=",
        ),
        ("a:\n  b: 1\n # c1\nz: 1\n", "c1=a"),
        ("a:\n  b: 1\n# c1\nz: 1\n", "c1="),
        ("a:\n  b: 1\n\n# c1\n\nz: 1\n", "c1="),
        // Lists.
        (
            "l:\n  # c1\n  - a # c2\n  # c3\n  - b\n  # c4\nz: 1\n",
            "c1=l c2=l c3=l c4=l",
        ),
        ("l:\n- a\n# c1\n- b\n# c2\nz: 1\n", "c1=l c2="),
        ("l:\n- a\n# c1\n\nz: 1\n", "c1=l"),
        ("l:\n  - # c1\n    a: 1\n", "c1=l"),
        // The end of a list of maps: with a blank line behind it, it is outside.
        ("o:\n  l:\n    - a: 1\n    # c1\n  z: 1\n", "c1=o:l"),
        ("o:\n  l:\n    - a: 1\n    # c1\n\n  z: 1\n", "c1=o"),
        // Two levels end at once, the comment at the middle one.
        ("o:\n  m:\n    a: 1\n  # c1\nz: 1\n", "c1=o:m"),
        ("o:\n  m:\n    a: 1\n  # c1\n\nz: 1\n", "c1=o"),
        ("o:\n  m:\n    a: 1\n  # c1\n  b: 1\n", "c1=o"),
        // Brackets, also behind the closing one.
        (
            "a: {x: 1, # c1\n  # c2\n  y: 1 # c3\n  } # c4\nb: [] # c5\n",
            "c1=a c2=a c3=a c4=a c5=b",
        ),
        ("--- # c1\na: 1\n# c2\n...\n# c3\n", "c1= c2= c3="),
    ];
    for (text, expected) in cases {
        let with_metadata = match text.split_once("...\n") {
            Some((data, rest)) => format!("{data}sops: 1\n...\n{rest}"),
            None => format!("{text}sops: 1\n"),
        };
        assert_eq!(owners(&with_metadata), expected, "{text}");
    }
}

#[test]
fn windows_line_ends_are_blank_lines_between_comments_for_go_yaml() {
    let text = "o:\n  l:\n    - a: 1\n    # c1\n    # c2\n  z: 1\nsops: 1\n";
    assert_eq!(owners(text), "c1=o:l c2=o:l");
    let text = text.replace('\n', "\r\n");
    assert_eq!(owners(&text), "c1=o c2=o");
}

#[test]
fn where_go_yaml_stops_is_told() {
    for (text, at) in [
        ("l:\n-\t# c\n- 1\n", 4),
        ("a: {b?: 1}\n", 4),
        ("\u{feff}\u{feff}# c\na: 1\n", 0),
        ("a: 1\n\t\nb: 1\n", 5),
    ] {
        let document = Document::parse(text).unwrap();
        let owners = Owners::new(&Outline::new(&document));
        assert_eq!(owners.unread_from, Some(at), "{text:?}");
    }
}
