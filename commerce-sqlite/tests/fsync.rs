//! What is acknowledged is on the disk: this test starts itself again under strace, and reads what was asked of the
//! system.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{collections::BTreeSet, fs, io::Write as _, path::Path, process::Command};

use commerce_core::storage::Store;
use commerce_sqlite::backup;
use commerce_testkit::{
    conformance::block_on,
    fixtures::*,
    processes::{again, part},
};
use futures_util::future::join_all;

const BATCHES: usize = 20;

/// Acknowledges each batch so many times: more than once is a lie.
fn acknowledge_batches(path: &Path, times: usize) {
    let store = fresh::open(path);
    for _ in 0..BATCHES {
        let callers = (0..8).map(|_| store.commit(changes().with(receive("MUG", 1))));
        for answer in block_on(join_all(callers)) {
            answer.unwrap();
        }
        (0..times).for_each(|_| acknowledge());
    }
}

fn acknowledge() {
    let mut out = std::io::stdout().lock();
    out.write_all(b"acknowledged\n").unwrap();
    out.flush().unwrap();
}

fn acknowledge_a_backup(path: &Path) {
    backup(path, path.with_file_name("copy.db")).unwrap();
    acknowledge();
}

/// What the process asked of the system, as strace writes it, or nothing where strace cannot be used.
fn traced(test: &str) -> Option<String> {
    let path = fresh::shop();
    let trace = path.with_file_name("trace");
    let strace = |program: &Path| {
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync,rename", "-o"])
            .arg(&trace)
            .arg(program);
        strace
    };
    let works = strace(Path::new("true")).output().is_ok_and(|output| output.status.success());
    if !works {
        // Around the test harness, which shows nothing of a test that passes.
        let skipped = b"SKIPPED: no strace, or it may not trace: nobody saw what waits for the disk\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    }
    let again = again(test, &path.display().to_string()).unwrap();
    let environment = again.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let output =
        strace(Path::new(again.get_program())).args(again.get_args()).envs(environment).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(fs::read_to_string(trace).unwrap())
}

/// For each acknowledgement, how often the write-ahead log was brought to the disk since the one before.
fn syncs(trace: &str) -> Vec<usize> {
    let (mut syncs, mut since, mut under_way) = (Vec::new(), 0, BTreeSet::new());
    for line in trace.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        // A call during which another thread is traced ends on a line of its own, without its arguments.
        let of_the_log = match call.contains("sync resumed>") {
            true => under_way.remove(thread),
            false => call.contains("sync(") && call.contains("-wal>"),
        };
        if of_the_log && call.ends_with("<unfinished ...>") {
            under_way.insert(thread);
        } else if of_the_log && call.ends_with("= 0") {
            since += 1;
        } else if call.contains(r#""acknowledged\n""#) {
            syncs.push(since);
            since = 0;
        }
    }
    syncs
}

#[test]
fn every_batch_is_on_the_disk_before_it_is_acknowledged() {
    if let Some(file) = part() {
        return acknowledge_batches(Path::new(&file), 1);
    }
    let Some(trace) = traced("every_batch_is_on_the_disk_before_it_is_acknowledged") else { return };
    let syncs = syncs(&trace);
    assert_eq!(syncs.len(), BATCHES, "{trace}");
    assert!(syncs.iter().all(|syncs| *syncs >= 1), "{syncs:?}\n{trace}");
}

#[test]
fn an_acknowledgement_without_the_disk_is_noticed() {
    if let Some(file) = part() {
        return acknowledge_batches(Path::new(&file), 2);
    }
    let Some(trace) = traced("an_acknowledgement_without_the_disk_is_noticed") else { return };
    let syncs = syncs(&trace);
    assert_eq!(syncs.len(), 2 * BATCHES, "{trace}");
    assert!(syncs.iter().skip(1).step_by(2).all(|syncs| *syncs == 0), "{syncs:?}\n{trace}");
}

#[test]
fn a_backup_is_on_the_disk_before_its_name_is_and_its_name_before_it_is_acknowledged() {
    if let Some(file) = part() {
        return acknowledge_a_backup(Path::new(&file));
    }
    let Some(trace) =
        traced("a_backup_is_on_the_disk_before_its_name_is_and_its_name_before_it_is_acknowledged")
    else {
        return;
    };
    let lines: Vec<&str> = trace.lines().collect();
    let last_page = |line: &&str| line.contains("pwrite64(") && line.contains("copy.db.partial>");
    let mut at = lines.iter().rposition(last_page).unwrap();
    let steps: [fn(&str) -> bool; 4] = [
        |line| line.contains("sync(") && line.contains("copy.db.partial>"),
        |line| line.contains("rename(") && line.contains("copy.db.partial"),
        |line| line.contains("fsync(") && !line.contains(".db"),
        |line| line.contains(r#""acknowledged\n""#),
    ];
    for step in steps {
        let next = lines[at..].iter().position(|line| step(line));
        at += next.unwrap_or_else(|| panic!("missing after {:?} in\n{trace}", lines[at]));
    }
}
