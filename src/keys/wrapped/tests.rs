use super::*;
#[test]
fn tmp() {
    for (f, id) in [(
        "third_party/rops-age_mac_only_encrypted.fixed.yaml",
        "AGE-SECRET-KEY-1EQUCGFZH8UZKSZ0Z5N5T234YRNDT4U9H7QNYXWRRNJYDDVXE6FWSCPGNJ7",
    )] {
        let t = std::fs::read_to_string(format!("/work/shared/fixtures/{f}")).unwrap();
        let a = t.find("-----BEGIN").unwrap();
        let e = t.find("-----END AGE ENCRYPTED FILE-----").unwrap();
        let armor: String = t[a..e]
            .lines()
            .map(|l| format!("{}\n", l.trim()))
            .collect::<String>()
            + "-----END AGE ENCRYPTED FILE-----\n";
        let armor = armor.replace("\n\n", "\n");
        let k = unwrap(
            &armor,
            &[Identity::parse(id.trim()).unwrap()],
            Form::Canonical,
        )
        .map(|k| k.map(|k| format!("{:02x?}", k.expose())));
        println!("{f} {:?}", k);
    }
}
