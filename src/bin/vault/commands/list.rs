//! `vault list`: the keys of an environment.

use std::collections::HashMap;

use clap::Args;
use vault::{
    config::Environment,
    render::{self, Source},
    secret::{ExposeSecret, SecretString, secret},
    value::{EnvName, KeyPath, Length, Map, Node, Scalar, Step},
};
use zeroize::Zeroizing;

use super::{answer::text_or_null, locals::NoLocal};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Dates, KeyDates, Layers, Moment, Workspace},
};

/// Columns that keys get at most; longer ones push aside what stands beside them.
const KEY_COLUMNS: usize = 48;

/// List the keys of an environment and their types
///
/// Values are not shown and no identity is needed, unless they are asked for with --reveal, or you have overrides of your own. The
/// keys of everything that the environment extends are listed, too; what is your own alone says so.
///
/// Lengths are told in classes: empty, short (up to 15 bytes), medium (up to 63), long (up to 1023), very long.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// Show for each key its type, how long its value is, the layer that it comes from, and by git's history since when it is there and
    /// when its value was changed last
    #[arg(short, long)]
    long: bool,
    /// Show for each key the layer that it comes from, and the layers whose value it hides
    #[arg(long)]
    sources: bool,
    /// Show the values, each in one line: line ends and control characters are escaped
    #[arg(long)]
    reveal: bool,
    /// Print JSON: key and type, and what the other options ask for
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    local: NoLocal,
}

/// One key of the list.
struct Row<'l> {
    path: String,
    scalar: &'l Scalar,
    length: Option<Length>,
    /// What git's history has of it, where there is one and it is asked for.
    dates: Option<Option<Dates>>,
    /// The layer, where it is asked for or one's own.
    layer: Option<&'l EnvName>,
    /// The layers whose value it hides, where they are asked for; the nearest first.
    over: Option<Vec<&'l EnvName>>,
}

impl List {
    /// Prints the list.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        let accepted = workspace.layers(environment, self.local.locals())?;
        let lengths = match self.long {
            true => Some(accepted.lengths()?),
            false => None,
        };
        let layers = match self.reveal {
            true => accepted.open()?,
            false => accepted.shapes()?,
        };
        let sources = layers.sources();
        let dates = match self.long {
            true => dates(&workspace, &layers)?,
            false => None,
        };
        let lengths = lengths.map(|lengths| of_paths(&layers, &lengths));
        let rows: Vec<Row<'_>> = sources
            .iter()
            .map(|(path, source)| {
                self.row(&layers, path, source, lengths.as_ref(), dates.as_deref())
            })
            .collect();
        match (self.json, self.reveal) {
            (true, _) => context.terminal().print_secret(&self.json(&rows)?)?,
            (false, true) => context
                .terminal()
                .print_secret(&self.table(context, &rows))?,
            (false, false) => context
                .terminal()
                .print(self.table(context, &rows).expose_secret())?,
        }
        Ok(Exit::Done)
    }

    fn row<'l>(
        &self,
        layers: &'l Layers,
        path: &KeyPath,
        source: &Source,
        lengths: Option<&Lengths>,
        dates: Option<&[KeyDates]>,
    ) -> Row<'l> {
        let scalar = layers.trees()[source.layer]
            .get(path.steps())
            .and_then(Node::as_scalar)
            .expect("a source is a layer that has the value");
        let is_shown = self.long || self.sources || layers.is_local(source.layer);
        let over = || {
            source
                .over
                .iter()
                .rev()
                .map(|at| layers.name(*at))
                .collect()
        };
        Row {
            path: path.to_string(),
            scalar,
            length: lengths.and_then(|lengths| lengths[source.layer].get(path).copied()),
            dates: dates.map(|dates| dates[source.layer].get(path).cloned()),
            layer: is_shown.then(|| layers.name(source.layer)),
            over: self.sources.then(over),
        }
    }

    /// Key, then what is asked for in columns, then the value in one line.
    fn table(&self, context: &Context, rows: &[Row<'_>]) -> SecretString {
        let cells: Vec<Vec<String>> = rows.iter().map(|row| self.cells(row)).collect();
        let widths = widths(&cells);
        // Of the right size at once: a buffer that grows leaves copies behind.
        let values: usize = rows.iter().map(|row| row.scalar.expose().len() * 10).sum();
        let padding = rows.len() * widths.iter().map(|width| width + 3).sum::<usize>();
        let texts: usize = cells.iter().flatten().map(String::len).sum();
        let mut text = Zeroizing::new(String::with_capacity(values + padding + texts));
        for (row, cells) in rows.iter().zip(&cells) {
            let value = (self.reveal && !row.scalar.is_blank())
                .then(|| context.terminal().one_line(row.scalar.expose()));
            let columns = cells.iter().zip(&widths).filter(|(_, width)| **width > 0);
            push_line(&mut text, columns, value.as_deref());
        }
        secret(&text)
    }

    fn cells(&self, row: &Row<'_>) -> Vec<String> {
        let mut cells = vec![row.path.clone()];
        if !self.reveal || self.long {
            cells.push(row.scalar.kind().to_string());
        }
        cells.extend(row.length.map(|length| length.to_string()));
        cells.push(row.layer.map(ToString::to_string).unwrap_or_default());
        cells.push(match row.over.as_deref() {
            None | Some([]) => String::new(),
            Some(over) => format!("over {}", joined(over)),
        });
        let dates = row.dates.as_ref().and_then(Option::as_ref);
        cells.push(dates.map(told).unwrap_or_default());
        cells
    }

    fn json(&self, rows: &[Row<'_>]) -> Result<SecretString, Failure> {
        let text = |text: &str| Node::Scalar(Scalar::str(text));
        let entry = |row: &Row<'_>| {
            let layer = row.layer.map(|layer| text(layer.as_str()));
            let over = |over: &Vec<&EnvName>| {
                Node::List(over.iter().map(|layer| text(layer.as_str())).collect())
            };
            let fields = [
                ("key", Some(text(&row.path))),
                ("type", Some(text(row.scalar.kind().name()))),
                ("length", row.length.map(|length| text(length.name()))),
                (
                    "created",
                    row.dates
                        .as_ref()
                        .map(|dates| time(dates, |it| &it.created)),
                ),
                (
                    "updated",
                    row.dates
                        .as_ref()
                        .map(|dates| time(dates, |it| &it.updated)),
                ),
                ("maybe_updated", row.dates.as_ref().map(perhaps)),
                ("layer", layer),
                ("overrides", row.over.as_ref().map(over)),
                (
                    "value",
                    self.reveal.then(|| Node::Scalar(row.scalar.clone())),
                ),
            ];
            let given = fields.into_iter();
            let given = given.filter_map(|(key, node)| Some((key.to_owned(), node?)));
            Node::Map(Map::from_iter(given))
        };
        let answer = Node::List(rows.iter().map(entry).collect());
        render::json(&answer).map_err(|refusal| {
            let key = |path: &KeyPath| match path.steps() {
                [Step::Index(at), ..] => rows[*at].path.clone(),
                _ => path.to_string(),
            };
            Failure::of_answer(&refusal, key).hint("without --json every value is shown")
        })
    }
}

/// The dates of each layer's keys; one's own layer is in no history.
fn dates(workspace: &Workspace<'_>, layers: &Layers) -> Result<Option<Vec<KeyDates>>, Failure> {
    let shared = (0..layers.trees().len()).filter(|at| !layers.is_local(*at));
    let environments: Vec<&Environment> = shared
        .map(|at| workspace.environment(layers.name(at)))
        .collect::<Result<_, _>>()?;
    let mut dates = match workspace.dates(&environments) {
        Ok(Some(dates)) => dates,
        Ok(None) => return Ok(None),
        // The list is right without them.
        Err(trouble) => {
            let terminal = workspace.context().terminal();
            terminal.warn(format!("no dates: {}", trouble.text));
            return Ok(None);
        }
    };
    dates.resize(layers.trees().len(), KeyDates::new());
    Ok(Some(dates))
}

/// Days are enough for a person.
fn told(dates: &Dates) -> String {
    let day = |time: &str| time.split('T').next().unwrap_or(time).to_owned();
    let mut parts = Vec::new();
    match &dates.created {
        Moment::At(time) => parts.push(format!("since {}", day(time))),
        Moment::NotCommitted => parts.push("not committed".to_owned()),
        Moment::Unknown => {}
    }
    match &dates.updated {
        updated if *updated == dates.created => {}
        Moment::At(time) => parts.push(format!("changed {}", day(time))),
        Moment::NotCommitted => parts.push("changed, not committed".to_owned()),
        Moment::Unknown => {}
    }
    if let Some(time) = &dates.perhaps {
        parts.push(format!("perhaps changed {}", day(time)));
    }
    parts.join(", ")
}

fn time(dates: &Option<Dates>, moment: fn(&Dates) -> &Moment) -> Node {
    text_or_null(dates.as_ref().and_then(|dates| match moment(dates) {
        Moment::At(time) => Some(time),
        Moment::NotCommitted | Moment::Unknown => None,
    }))
}

fn perhaps(dates: &Option<Dates>) -> Node {
    text_or_null(dates.as_ref().and_then(|dates| dates.perhaps.as_ref()))
}

/// The length of each value, layer by layer.
type Lengths = Vec<HashMap<KeyPath, Length>>;

fn of_paths(layers: &Layers, lengths: &[Vec<Length>]) -> Lengths {
    let of_layer = |(tree, lengths): (&Node, &Vec<Length>)| {
        let paths = tree.leaves().into_iter().map(|(path, _)| path);
        paths.zip(lengths.iter().copied()).collect()
    };
    layers.trees().iter().zip(lengths).map(of_layer).collect()
}

/// The width of each column: that of its longest cell, for keys as long as it leaves room for what stands beside them.
fn widths(cells: &[Vec<String>]) -> Vec<usize> {
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let widths = cells.iter().map(|cells| cells[column].chars().count());
        let fits = |width: &usize| column > 0 || *width <= KEY_COLUMNS;
        // A column without width is left out; that of the keys never is.
        widths
            .filter(fits)
            .max()
            .unwrap_or(usize::from(column == 0))
    };
    (0..columns).map(width).collect()
}

/// One line: each cell as wide as its column, unless nothing comes behind it.
fn push_line<'c>(
    text: &mut String,
    columns: impl Iterator<Item = (&'c String, &'c usize)>,
    value: Option<&str>,
) {
    let mut missing = 0;
    let cells = columns.map(|(cell, width)| (cell.as_str(), *width));
    for (cell, width) in cells.chain(value.map(|value| (value, 0))) {
        if !cell.is_empty() {
            text.extend(std::iter::repeat_n(' ', missing));
            text.push_str(cell);
            missing = 0;
        }
        missing += width.saturating_sub(cell.chars().count()) + 2;
    }
    text.push('\n');
}

fn joined(names: &[&EnvName]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}
