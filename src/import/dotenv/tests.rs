use super::*;
#[test]
fn probe_models() {
    use crate::secret::ExposeSecret;
    use std::io::{BufRead, Write};
    // development aid: texts as JSON lines in, readings out
    let Ok(path) = std::env::var("PROBE_IN") else {
        return;
    };
    let mut out = std::fs::File::create(std::env::var("PROBE_OUT").unwrap()).unwrap();
    for line in std::io::BufReader::new(std::fs::File::open(path).unwrap()).lines() {
        let text: String = serde_json::from_str(&line.unwrap()).unwrap();
        let mut all = serde_json::Map::new();
        for dialect in Dialect::ALL {
            let read = dialect.read(&text);
            let mut keys = serde_json::Map::new();
            for found in read.found {
                let value = match found.reading {
                    Reading::Value(value) => serde_json::json!({"v": value.expose_secret()}),
                    Reading::Expands => serde_json::json!({"x": "expands"}),
                    Reading::Unclear(why) => serde_json::json!({"x": why}),
                    Reading::Bare => serde_json::json!({"x": "bare"}),
                };
                keys.insert(found.key, value);
            }
            let faults: Vec<_> = read.faults.iter().map(|f| f.why).collect();
            all.insert(
                dialect.name().into(),
                serde_json::json!({"keys": keys, "faults": faults}),
            );
        }
        let npm: serde_json::Map<String, serde_json::Value> = node::dotenv_of_npm(&text)
            .into_iter()
            .map(|(k, v)| (k, v.expose_secret().into()))
            .collect();
        all.insert("npm".into(), npm.into());
        writeln!(out, "{}", serde_json::Value::from(all)).unwrap();
    }
}
