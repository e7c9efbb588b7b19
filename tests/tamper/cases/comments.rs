//! Comments: dropped, added, changed, exchanged, moved.

use super::{Case, case};
use crate::edits::{after, before, below, enc, exchange, flipped, line, once, sealed, with_field};
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    [dropped(), added(), changed(), exchanged()]
        .into_iter()
        .flatten()
        .collect()
}

/// The ciphertexts of the comments: at the top, beside a value, in a map, in a list, at the end.
fn comments(world: &World) -> Vec<&str> {
    let data = &world.prod()[..world.prod().find("\nsops:").expect("metadata")];
    data.match_indices("#ENC[")
        .map(|(at, _)| sealed(&data[at..]))
        .collect()
}

fn comment_line(world: &World, at: usize) -> String {
    line(world.prod(), &format!("#{}", comments(world)[at])).to_owned()
}

fn dropped() -> Vec<Case> {
    let dropped =
        |name: &str, at: usize| case(name, move |w| once(w.prod(), &comment_line(w, at), ""));
    vec![
        dropped("comment-dropped-at-the-top", 0),
        dropped("comment-dropped-in-a-map", 2),
        dropped("comment-dropped-in-a-list", 3),
        dropped("comment-dropped-at-the-end", 4),
        case("comment-dropped-beside-a-value", |w| {
            once(w.prod(), &format!(" #{}", comments(w)[1]), "")
        }),
        case("every-comment-dropped", |w| {
            comments(w)
                .iter()
                .fold(w.prod().to_owned(), |text, comment| {
                    let own = format!("#{comment}");
                    match text.split_inclusive('\n').find(|line| line.trim() == own) {
                        Some(line) => once(&text, line, ""),
                        None => once(&text, &format!(" {own}"), ""),
                    }
                })
        }),
    ]
}

fn added() -> Vec<Case> {
    vec![
        case("comment-added-in-clear", |w| {
            before(w.prod(), "PORT:", "# pay no attention\n")
        }),
        case("comment-added-in-clear-beside-a-value", |w| {
            once(w.prod(), "OPTIONAL: null\n", "OPTIONAL: null # nothing\n")
        }),
        case("comment-added-empty", |w| before(w.prod(), "PORT:", "#\n")),
        case("comment-added-sealed", |w| {
            let comment = comments(w)[0];
            before(w.prod(), "PORT:", &format!("#{comment}\n"))
        }),
        case("comment-added-of-an-older-version", |w| {
            let older = line(w.file("dev.yaml"), "DATABASE_URL:");
            before(w.prod(), "PORT:", &format!("#{}\n", sealed(older)))
        }),
        case("comment-added-behind-the-metadata", |w| {
            format!("{}# the end\n", w.prod())
        }),
        case("comment-added-inside-the-metadata", |w| {
            before(w.prod(), "lastmodified:", "    # checked\n")
        }),
        case("comment-added-behind-the-mac", |w| {
            let mac = line(w.prod(), "mac:");
            once(w.prod(), mac, &format!("{} # checked\n", mac.trim_end()))
        }),
        case("comment-added-inside-the-block", |w| {
            before(w.prod(), "members:", "        # checked\n")
        }),
        case("comment-added-behind-the-block", |w| {
            format!("{}        # checked\n", w.prod())
        }),
        case("comment-added-before-the-first-line", |w| {
            format!("# yaml\n{}", w.prod())
        }),
    ]
}

fn changed() -> Vec<Case> {
    vec![
        case("comment-changed", |w| {
            let old = comments(w)[0];
            let data = old.find("data:").expect("data") + 5;
            once(w.prod(), old, &flipped(old, data))
        }),
        case("comment-put-in-clear", |w| {
            once(w.prod(), &comment_line(w, 0), "# known text\n")
        }),
        case("comment-emptied", |w| {
            once(w.prod(), &comment_line(w, 0), "#\n")
        }),
        case("comment-retyped", |w| {
            let old = comments(w)[0];
            once(w.prod(), old, &with_field(old, "type", "str"))
        }),
    ]
}

fn exchanged() -> Vec<Case> {
    vec![
        case("comments-exchanged", |w| {
            exchange(w.prod(), comments(w)[0], comments(w)[4])
        }),
        case("comment-made-an-item", |w| {
            let old = comment_line(w, 3);
            once(w.prod(), &old, &old.replacen('#', "- ", 1))
        }),
        case("item-made-a-comment", |w| {
            let item = below(w.prod(), "hosts:")
                .split_inclusive('\n')
                .next()
                .expect("an item");
            once(w.prod(), item, &item.replacen("- ", "#", 1))
        }),
        case("comment-twice", |w| {
            let own = comment_line(w, 0);
            once(w.prod(), &own, &format!("{own}{own}"))
        }),
        case("comment-moved", |w| {
            let own = comment_line(w, 0);
            after(&once(w.prod(), &own, ""), "PORT:", &own)
        }),
        case("comment-with-text-behind", |w| {
            let old = comments(w)[0];
            once(w.prod(), old, &format!("{old} trust me"))
        }),
        case("comment-with-a-blank-before", |w| {
            let old = comments(w)[0];
            once(w.prod(), &format!("#{old}"), &format!("# {old}"))
        }),
        case("value-made-a-comment", |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("#{port}"))
        }),
        case("value-made-a-comment-of-its-key", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &format!("#{old}"))
        }),
    ]
}
