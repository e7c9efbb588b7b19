//! Documents as people write them, made up from a seed: nested maps and lists, every style of scalar, comments and blank lines in every place.
//!
//! With the text comes what it says: the typed tree and the comments, known from the making and not from reading.
#![allow(dead_code, reason = "every test program uses some of these")]

mod block;
pub(crate) mod changes;
pub(crate) mod editing;
mod flow;
mod scalars;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use vault::value::{Map, Node};

/// What a document may hold.
#[derive(Clone, Copy)]
pub(crate) struct Taste {
    /// Comments, as a share of the places where one could stand.
    pub(crate) comments: f64,
    /// Times, which old versions of sops cannot read.
    pub(crate) times: bool,
    /// Comments without text, which sops takes for empty items when it encrypts a list.
    pub(crate) empty_comments: bool,
    /// Infinities and numbers that are none, which JSON cannot hold.
    pub(crate) odd_floats: bool,
}

/// Everything.
pub(crate) const RICH: Taste = Taste {
    comments: 0.35,
    times: true,
    empty_comments: true,
    odd_floats: true,
};

/// A made-up document.
pub(crate) struct Sample {
    /// The file.
    pub(crate) text: String,
    /// What it says.
    pub(crate) tree: Map,
    /// The comments in the order of the text, each with everything after its `#` but blanks at its end.
    pub(crate) comments: Vec<String>,
}

/// Makes the document of a seed.
pub(crate) fn sample(seed: u64, taste: Taste) -> Sample {
    let mut rng = StdRng::seed_from_u64(seed);
    let width = *[2, 2, 2, 4, 4, 3, 1, 8]
        .choose(&mut rng)
        .expect("not empty");
    let budget = rng.gen_range(3..30);
    let mut writer = Writer {
        rng,
        taste,
        width,
        budget,
        out: String::new(),
        comments: Vec::new(),
        swallow: None,
        keeps_blank_lines: false,
    };
    let tree = writer.document();
    let text = writer.finish();
    Sample {
        text,
        tree,
        comments: writer.comments,
    }
}

struct Writer {
    rng: StdRng,
    taste: Taste,
    width: usize,
    /// Entries and items that may still be made.
    budget: usize,
    out: String,
    comments: Vec<String>,
    /// The column from which on a line would become part of the block scalar above.
    swallow: Option<usize>,
    /// Whether a blank line would become part of it as well.
    keeps_blank_lines: bool,
}

impl Writer {
    fn chance(&mut self, share: f64) -> bool {
        self.rng.gen_bool(share)
    }

    fn pick<'p>(&mut self, pool: &[&'p str]) -> &'p str {
        pool.choose(&mut self.rng).expect("not empty")
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn indent(&mut self, column: usize) {
        self.out.push_str(&" ".repeat(column));
    }

    fn document(&mut self) -> Map {
        if self.chance(0.02) {
            self.push("\u{feff}");
        }
        if self.chance(0.2) {
            self.gap(0);
        }
        if self.chance(0.08) {
            self.push("---");
            self.side_comment();
            self.push("\n");
        }
        let column = if self.chance(0.04) { 2 } else { 0 };
        let tree = self.map(column, 0);
        self.gap(0);
        if self.chance(0.03) {
            self.push("...\n");
        }
        tree
    }

    fn finish(&mut self) -> String {
        let text = std::mem::take(&mut self.out);
        match self.rng.gen_range(0..20) {
            0 | 1 => text.replace('\n', "\r\n"),
            2 if !text.ends_with("\n\n") && self.swallow.is_none() => {
                text.trim_end_matches('\n').to_owned()
            }
            _ => text,
        }
    }

    /// Blank lines and comments on lines of their own, before something that stands at `column`.
    fn gap(&mut self, column: usize) {
        if !self.chance(0.75) {
            return;
        }
        for _ in 0..self.rng.gen_range(1..4) {
            if self.chance(self.taste.comments) {
                self.own_comment(column);
            } else if self.chance(0.35) && !self.keeps_blank_lines {
                let blank = if self.swallow.is_none() && self.chance(0.1) {
                    "  "
                } else {
                    ""
                };
                self.push(blank);
                self.push("\n");
            }
        }
    }

    fn own_comment(&mut self, column: usize) {
        let wanted = match self.rng.gen_range(0..100) {
            0..=64 => column,
            65..=72 => column + self.width,
            73..=79 => column + self.rng.gen_range(1..5),
            80..=87 => column.saturating_sub(self.width),
            88..=93 => 0,
            _ => self.rng.gen_range(0..14),
        };
        let limit = self
            .swallow
            .map_or(usize::MAX, |column| column.saturating_sub(1));
        self.indent(wanted.min(limit));
        self.comment();
        self.push("\n");
        self.swallow = None;
        self.keeps_blank_lines = false;
    }

    fn side_comment(&mut self) {
        if self.chance(self.taste.comments * 0.7) {
            let lead = self.pick(&[" ", " ", " ", "  ", "     ", "\t", " \t "]);
            self.push(lead);
            self.comment();
        } else if self.chance(0.03) {
            self.push("  ");
        }
    }

    fn comment(&mut self) {
        let number = self.comments.len();
        let text = match self.rng.gen_range(0..16) {
            _ if self.taste.empty_comments && self.chance(0.04) => String::new(),
            0 => format!("c{number}"),
            1 => format!(" c{number} ünï → 日本"),
            2 => format!(" c{number}: value"),
            3 => format!("# c{number}"),
            4 => format!(" c{number} blanks  "),
            5 => format!("\tc{number}"),
            6 => format!(" - c{number}"),
            7 => format!("! c{number} 'x' \"y\" {{z}} #5"),
            8 => format!(" c{number} {}", "long ".repeat(40)),
            9 => " twice".to_owned(),
            _ => format!(" c{number}"),
        };
        self.push("#");
        self.push(&text);
        self.comments.push(text.trim_end().to_owned());
    }

    /// Another entry or item, unless there were enough.
    fn spend(&mut self) -> bool {
        let has_more = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        has_more
    }

    fn count(&mut self) -> usize {
        self.rng.gen_range(1..5)
    }
}

/// Takes a key that the map does not have yet.
fn put(map: &mut Map, key: String, node: Node) {
    assert!(map.insert(key, node).is_none(), "keys are made up once");
}
