//! Finds the known word that somebody probably meant.

use strsim::osa_distance;

/// Candidates looked at, so that a hostile file cannot make an error slow.
const CANDIDATES: usize = 1_000;
/// Characters of a word for which a near one is looked for; longer ones are no typing errors.
const WORD_CHARS: usize = 64;

/// The candidate that differs from `word` by the fewest typing errors, if they are few; case does not count.
///
/// Few are one for each three characters of `word`, rounded up. Among equals the first wins. Looks at 1,000 candidates at most.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = word.chars().count();
    if length == 0 || length > WORD_CHARS {
        return None;
    }
    let limit = length.div_ceil(3);
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .take(CANDIDATES)
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (osa_distance(&folded, &candidate.to_lowercase()), candidate))
        // A word of one letter is near everything that has one letter.
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len().max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether two words are easily taken for one another: they differ by one typing error, or by letters that look alike only.
///
/// Words of up to three characters are near others all the time: only letters that look alike count there.
pub fn resembles(one: &str, other: &str) -> bool {
    let is_long = one.chars().count().min(other.chars().count()) > 3;
    let (one, other) = (skeleton(one), skeleton(other));
    one == other || (is_long && osa_distance(&one, &other) <= 1)
}

fn skeleton(word: &str) -> String {
    let folded = word.to_lowercase().replace("rn", "m").replace("vv", "w");
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '5' => 's',
        c => c,
    };
    let counts = |c: &char| !matches!(c, '.' | '_' | '-' | '@');
    folded.chars().filter(counts).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_taken_for_one_another() {
        for (one, other) in [
            ("alice", "a1ice"),
            ("bob", "b0b"),
            ("carol", "carrol"),
            ("dave", "da-ve"),
            ("marn", "mam"),
        ] {
            assert!(resembles(one, other), "{one} {other}");
        }
        for (one, other) in [("alice", "bob"), ("bob", "rob"), ("dave", "david")] {
            assert!(!resembles(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_typing_error_finds_its_word() {
        let words = ["recipients", "extends", "writers", "file", "signed"];
        for (typed, meant) in [
            ("recipient", "recipients"),
            ("recpients", "recipients"),
            ("Extend", "extends"),
            ("wirters", "writers"),
            ("FILE", "file"),
            ("fiel", "file"),
        ] {
            assert_eq!(nearest(typed, words), Some(meant), "{typed}");
        }
        assert_eq!(nearest("pord", ["dev", "prod"]), Some("prod"));
    }

    #[test]
    fn another_word_finds_none() {
        for typed in ["", "database", "x", &"recipients".repeat(9)] {
            assert_eq!(
                nearest(typed, ["recipients", "dev", "prod"]),
                None,
                "{typed}"
            );
        }
        assert_eq!(nearest("prod", []), None);
    }
}
