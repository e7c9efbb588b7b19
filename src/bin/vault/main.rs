//! The program `vault`.

fn main() {}
