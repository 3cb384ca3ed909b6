use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use commerce_testservers::Postgres;

const README: &str = include_str!("../../README.md");
const SECRET: &str = "a-token-for-the-test";

/// The shop as people start it.
struct Process {
    child: Child,
    api: String,
    /// Kept open: nobody writes to a pipe that nobody reads.
    _stdout: BufReader<ChildStdout>,
}

#[test]
fn the_scripts_do_what_they_show_and_the_shop_stops_when_asked() {
    do_what_they_show("memory");
}

#[test]
fn the_scripts_do_the_same_to_a_shop_in_postgres() {
    do_what_they_show(&Postgres::shared().database().url());
}

fn do_what_they_show(database: &str) {
    let missing = ["bash", "curl", "python3"].into_iter().find(|tool| !is_there(tool));
    if let Some(tool) = missing {
        println!("SKIPPED: there is no {tool} on this machine");
        return;
    }
    let mut shop = Process::start(database);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/demo.sh");
    let shown =
        run(Command::new("bash").arg(script).env("SHOP", &shop.api).env("STOREFRONT_ADMIN_TOKEN", SECRET));
    assert!(shown.ends_with("all as it should be\n"), "{shown}");

    let lines = lines_of_the_readme().replace("http://127.0.0.1:3000/api/v1", &shop.api);
    let shown = run(Command::new("bash").args(["-euo", "pipefail", "-c", &lines]));
    assert!(shown.contains(r#""status":{"kind":"placed""#), "{shown}");
    assert!(shown.contains(r#""fulfilment":"unfulfilled""#), "{shown}");
    shop.stop();
}

impl Process {
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_storefront"))
            .args(["--listen", "127.0.0.1:0", "--log", "warn", "--database", database])
            .env("STOREFRONT_ADMIN_TOKEN", SECRET)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let api = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, api, _stdout: stdout }
    }

    fn stop(&mut self) {
        let pid = self.child.id().to_string();
        run(Command::new("bash").args(["-c", &format!("kill -TERM {pid}")]));
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the shop never stopped");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

fn lines_of_the_readme() -> String {
    let (_, after) = README.split_once("run by a test. -->\n```sh\n").unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

fn is_there(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let shown = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{status}\n{shown}\n{}", String::from_utf8_lossy(&stderr));
    shown
}
