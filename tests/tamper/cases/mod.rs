//! Every change, by name. A name that begins with `clear-` or `unsigned-` changes that file, any other `prod.yaml`.

mod comments;
mod encoding;
mod keys;
mod log;
mod log_signers;
mod metadata;
mod origin;
mod recipients;
mod rules;
mod signature;
mod unsigned;
mod values;
mod writer;
mod yaml;

use crate::world::World;

type Make = Box<dyn Fn(&World) -> Vec<u8>>;

/// One change.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) make: Make,
}

/// A change of text.
fn case(name: impl Into<String>, make: impl Fn(&World) -> String + 'static) -> Case {
    Case {
        name: name.into(),
        make: Box::new(move |world| make(world).into_bytes()),
    }
}

/// A change that leaves no text.
fn bytes(name: &str, make: impl Fn(&World) -> Vec<u8> + 'static) -> Case {
    Case {
        name: name.to_owned(),
        make: Box::new(make),
    }
}

/// The environment whose file a case replaces.
pub(crate) fn environment(name: &str) -> &'static str {
    ["clear", "unsigned"]
        .into_iter()
        .find(|environment| {
            name.strip_prefix(environment)
                .is_some_and(|rest| rest.starts_with('-'))
        })
        .unwrap_or("prod")
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    [
        values::cases(),
        keys::cases(),
        comments::cases(),
        encoding::cases(),
        rules::cases(),
        metadata::cases(),
        recipients::cases(),
        signature::cases(),
        origin::cases(),
        log::cases(),
        log_signers::cases(),
        writer::cases(),
        unsigned::cases(),
        yaml::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
