//! Files that some disks take for one.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::Refusal;
use crate::config::FilePath;

/// Those of some files whose name, or that of a folder above them, is on some disks that of another one, by position: a config cannot have both.
pub fn twins(files: &[FilePath]) -> BTreeMap<usize, Refusal> {
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        owners.entry(file.folded()).or_default().push(at);
    }
    let mut found = BTreeMap::new();
    let mut note = |at: usize, other: usize| {
        let is_composed = files[at].as_str().nfc().eq(files[other].as_str().nfc());
        let other = files[other].clone();
        let twin = Refusal::Twin { other, is_composed };
        found.entry(at).or_insert(twin);
    };
    for (folded, same) in &owners {
        let folders = folded.match_indices('/').map(|(at, _)| &folded[..at]);
        let above = folders.filter_map(|folder| owners.get(folder)).flatten();
        for &other in above {
            same.iter().for_each(|&at| note(at, other));
            note(other, same[0]);
        }
        if let [first, second, ..] = same[..] {
            note(first, second);
            same[1..].iter().for_each(|&at| note(at, first));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_some_disk_takes_for_one_are_found_with_the_other() {
        let paths = [
            "a.yaml",
            "s/\u{e9}.yaml",
            "s/b.yaml",
            "s/e\u{301}.yaml",
            "A.yaml",
            "B.yaml",
            "b.yaml/c.yaml",
        ];
        let files: Vec<FilePath> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let found: Vec<String> = twins(&files)
            .iter()
            .map(|(at, refusal)| format!("{at}: {refusal}"))
            .collect();
        assert_eq!(
            found,
            [
                "0: on some disks that is the name of A.yaml, too",
                "1: on some disks that is the name of s/e\u{301}.yaml, too, whose characters are composed otherwise",
                "3: on some disks that is the name of s/\u{e9}.yaml, too, whose characters are composed otherwise",
                "4: on some disks that is the name of a.yaml, too",
                "5: on some disks that is the name of b.yaml/c.yaml, too",
                "6: on some disks that is the name of B.yaml, too",
            ]
        );
    }
}
