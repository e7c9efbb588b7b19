//! Values, and the `.env` file that vault makes of those that it takes.

use std::{collections::HashSet, fs, path::PathBuf};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use vault::{
    render::{Dotenv, Reader, dotenv},
    secret::ExposeSecret,
    value::{Node, Scalar},
};

/// Values made up in addition to the ones picked by hand.
const RANDOM_VALUES: usize = 2000;

/// What would leave a file behind if a shell ran it.
const COMMANDS: [&str; 5] = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "\ntouch ran\n",
    "' touch ran",
];

/// A directory with a `.env`, and the values that it holds as `K0`, `K1`, ….
pub(crate) struct Sample {
    place: tempfile::TempDir,
    /// Those that are written.
    pub(crate) values: Vec<String>,
    /// How many are refused.
    pub(crate) refused: usize,
    file: Dotenv,
}

impl Sample {
    /// The values of `fixtures/nasty-values.json`, and some that a shell would run.
    pub(crate) fn picked() -> Self {
        let text = include_str!("../../fixtures/nasty-values.json");
        let entries: Vec<serde_json::Value> = serde_json::from_str(text).expect("it is JSON");
        // The one that is not UTF-8 cannot even be a value.
        let values = entries.iter().map(|entry| entry["utf8"].as_str());
        Self::of(
            values
                .chain(COMMANDS.map(Some))
                .map(|value| value.map(str::to_owned)),
        )
    }

    /// The same random ones in every run, mostly of characters that some reader takes for its own.
    pub(crate) fn random() -> Self {
        let live = "[ \t\n#=$(){}\\[\\]<>|&;*?~!%^,:./@+'\"`\\\\aAnrx01_-]{1,16}";
        let any = prop_oneof![
            12 => live,
            3 => "[^\0\r]{1,12}",
            2 => "(KEY|A|export A)=[ -~\n]{0,9}",
            2 => "[ab$:{}-]{0,3}[$][{][A-Za-z:-]{0,4}[}]?[ab$:{}-]{0,3}",
            1 => "[ab\0\r\n'\\\\]{1,6}",
        ];
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let next = || {
            any.new_tree(&mut runner)
                .expect("nothing is filtered")
                .current()
        };
        Self::of(std::iter::repeat_with(next).take(RANDOM_VALUES).map(Some))
    }

    fn of(all: impl Iterator<Item = Option<String>>) -> Self {
        let (written, refused): (Vec<_>, Vec<_>) =
            all.partition(|value| value.as_deref().is_some_and(is_taken));
        let values: Vec<String> = written.into_iter().flatten().collect();
        let named = values.iter().enumerate();
        let root = named.map(|(at, value)| (format!("K{at}"), scalar(value)));
        let file = dotenv(&Node::Map(root.collect()), "_").expect("each is taken");
        let place = tempfile::tempdir().expect("there is a place for temporary files");
        fs::write(place.path().join(".env"), file.text.expose_secret()).expect("ours");
        Sample {
            place,
            values,
            refused: refused.len(),
            file,
        }
    }

    /// Where the `.env` lies, and nothing else but what a reader needs or makes.
    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().to_owned()
    }

    /// Whether vault warns that a reader gets the value at this place wrong.
    pub(crate) fn warned(&self, reader: Reader) -> HashSet<usize> {
        let misreadings = self.file.misreadings.iter();
        let names = misreadings
            .filter(|wrong| wrong.reader == reader)
            .flat_map(|wrong| &wrong.names);
        names
            .map(|name| name[1..].parse().expect("a name of ours"))
            .collect()
    }
}

fn is_taken(value: &str) -> bool {
    alone(value).is_some()
}

/// The line of one value, or `None` if it is refused.
pub(crate) fn alone(value: &str) -> Option<String> {
    let root = Node::Map([("K".to_owned(), scalar(value))].into_iter().collect());
    let file = dotenv(&root, "_").ok()?;
    Some(file.text.expose_secret().to_owned())
}

fn scalar(value: &str) -> Node {
    Node::Scalar(Scalar::str(value))
}
