use std::path::Path;

use rusqlite::Connection;

use crate::{buyer::Crowd, dice::Dice, house::House};

/// What the audit ends with, and says.
fn audit(house: &House, file: &Path, options: &[&str]) -> (Option<i32>, String) {
    let output = house.run(&[&["audit"], options].concat(), file);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Stands in for whatever damages a file: a stray script, a careless hand.
fn by_hand(file: &Path, statement: &str) {
    assert_eq!(Connection::open(file).unwrap().execute(statement, ()).unwrap(), 1, "{statement}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_finds_what_was_changed_by_hand_while_the_shop_is_open() {
    let house = House::build().await;
    house.open().await;
    let (mut dice, _) = Dice::from_environment("KILL_SEED");
    let mut crowd = Crowd::send(&house, &mut dice, 2);
    while crowd.acknowledged().is_empty() {
        assert_eq!(audit(&house, &house.file(), &[]), (Some(0), "all holds\n".into()));
    }
    crowd.go_home().await;
    House::rest(&house.file()).await;
    assert_eq!(audit(&house, &house.file(), &["--at-rest", "--bank", &house.bank_address]).0, Some(0));

    let damages = [
        ("delete from orders where id = (select min(id) from orders)", "O1"),
        ("delete from payments where id = (select min(id) from payments)", "O2"),
        ("delete from stock_movements where (sku, number) = ('MUG-SAND', 1) and location = 'pine'", "S2"),
        (
            "update outbox set delivered_at = null where number = 1
                and aggregate = (select min(aggregate) from outbox where number = 2)",
            "E3",
        ),
    ];
    for (number, (statement, rule)) in damages.into_iter().enumerate() {
        let copy = house.folder.join(format!("copy-{number}.db"));
        assert!(house.run(&["backup", copy.to_str().unwrap()], &house.file()).status.success());
        by_hand(&copy, statement);
        let (code, said) = audit(&house, &copy, &[]);
        assert_eq!(code, Some(1), "{statement}: {said}");
        assert!(said.lines().any(|line| line.starts_with(&format!("{rule}: "))), "{statement}: {said}");
    }
    by_hand(&house.file(), damages[0].0);
    assert_eq!(audit(&house, &house.file(), &[]).0, Some(1), "while it is open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_that_could_not_look_says_so() {
    let house = House::build().await;
    let missing = house.folder.join("missing.db");
    assert_eq!(audit(&house, &missing, &[]), (Some(2), String::new()));
    assert!(!missing.exists());

    let migrated = house.run(&["migrate"], &house.file());
    assert!(migrated.status.success(), "{migrated:?}");
    assert_eq!(audit(&house, &house.file(), &["--at-rest"]).0, Some(0), "a shop that has sold nothing");
    let nobody = ["--bank", "http://127.0.0.1:1"];
    assert_eq!(audit(&house, &house.file(), &nobody), (Some(2), String::new()));
}
