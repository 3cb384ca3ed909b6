use crate::{
    buyer::Crowd,
    dice::Dice,
    house::House,
    kept::{Kept, Kind},
};

/// What the audit ends with, and says.
fn audit(house: &House, kept: &Kept, options: &[&str]) -> (Option<i32>, String) {
    let output = house.run(&[&["audit"], options].concat(), kept);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_finds_what_was_changed_by_hand_while_the_shop_is_open() {
    finds_damage(Kind::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_finds_what_was_changed_by_hand_in_postgres_while_the_shop_is_open() {
    finds_damage(Kind::Server).await;
}

async fn finds_damage(kind: Kind) {
    let house = House::build(kind).await;
    house.open().await;
    let (mut dice, _) = Dice::from_environment("KILL_SEED");
    let mut crowd = Crowd::send(&house, &mut dice, 2);
    while crowd.acknowledged().is_empty() {
        assert_eq!(audit(&house, &house.kept, &[]), (Some(0), "all holds\n".into()));
    }
    crowd.go_home().await;
    House::rest(&house.kept).await;
    assert_eq!(audit(&house, &house.kept, &["--at-rest", "--bank", &house.bank_address]).0, Some(0));

    let damages = [
        ("delete from orders where id = (select id from orders order by id limit 1)", "O1"),
        ("delete from payments where id = (select id from payments order by id limit 1)", "O2"),
        ("delete from stock_movements where (sku, number) = ('MUG-SAND', 1) and location = 'pine'", "S2"),
        (
            "update outbox set delivered_at = null where number = 1
                and aggregate = (select min(aggregate) from outbox where number = 2)",
            "E3",
        ),
    ];
    for (statement, rule) in damages {
        let copy = house.kept.copy(&house);
        copy.by_hand(statement);
        let (code, said) = audit(&house, &copy, &[]);
        assert_eq!(code, Some(1), "{statement}: {said}");
        assert!(said.lines().any(|line| line.starts_with(&format!("{rule}: "))), "{statement}: {said}");
    }
    house.kept.by_hand(damages[0].0);
    assert_eq!(audit(&house, &house.kept, &[]).0, Some(1), "while it is open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_that_could_not_look_says_so() {
    let house = House::build(Kind::File).await;
    let missing = house.folder.join("missing.db");
    assert_eq!(audit(&house, &Kept::File(missing.clone()), &[]), (Some(2), String::new()));
    assert!(!missing.exists());

    for kind in [Kind::File, Kind::Server] {
        let empty = Kept::new(kind, &house.folder);
        assert_eq!(audit(&house, &empty, &[]), (Some(2), String::new()), "there is no shop yet");
        let migrated = house.run(&["migrate"], &empty);
        assert!(migrated.status.success(), "{migrated:?}");
        assert_eq!(audit(&house, &empty, &["--at-rest"]).0, Some(0), "a shop that has sold nothing");
        let nobody = ["--bank", "http://127.0.0.1:1"];
        assert_eq!(audit(&house, &empty, &nobody), (Some(2), String::new()));
    }
}
