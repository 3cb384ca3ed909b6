use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Database, binaries,
    database::names,
    supervisor::Supervisor,
    template::{self, path},
};

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    own: Option<Own>,
}

/// What there is to a server that was started here.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    supervisor: Supervisor,
}

/// Durable as it comes, and with room for many clients. Checkpoints come seldom: they are not what tests are about. After
/// a crash what lies there is brought to the disk at once and not file by file, which takes seconds.
const SETTINGS: [(&str, &str); 7] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "300"),
    ("shared_buffers", "256MB"),
    ("max_wal_size", "4GB"),
    ("recovery_init_sync_method", "syncfs"),
    ("log_line_prefix", "%m [%p] %d "),
];

/// How long a server may take to answer, after a crash too.
const PATIENCE: Duration = Duration::from_secs(60);

impl Postgres {
    /// The server that all tests of this process share: the one in `DATABASE_URL`, if it is set, else one that is
    /// started when it is first asked for. Nothing is left behind on either.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match env::var("DATABASE_URL") {
            Ok(url) if url.starts_with("postgres") => {
                leave_nothing_behind(&url);
                Self { url, own: None }
            }
            _ => Self::start(),
        })
    }

    /// A server of one's own.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with these settings, as in `postgresql.conf`.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_in(|| Some(template::cluster()), settings).expect("a folder")
    }

    /// A server of one's own that speaks TLS, with a certificate that nobody else has signed. None on a machine without
    /// `openssl`.
    pub fn start_with_tls() -> Option<Self> {
        Self::start_in(template::cluster_with_certificate, &[("ssl", "on")])
    }

    /// Starts a server in a folder that is made for it. A free port may be taken by somebody else before the server
    /// has it, so it is tried a few times.
    pub(crate) fn start_in(
        make_folder: impl Fn() -> Option<PathBuf>,
        settings: &[(&str, &str)],
    ) -> Option<Self> {
        for _ in 0..5 {
            let (folder, port) = (make_folder()?, free_port());
            let mut server = binaries::command("postgres");
            server.extend(["-D".into(), path(&folder.join("data")).into(), "-p".into(), port.to_string()]);
            for (name, value) in SETTINGS.iter().chain(settings) {
                server.extend(["-c".into(), format!("{name}={value}")]);
            }
            let supervisor = Supervisor::start(&folder, &server);
            let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
            let started = Self { url, own: Some(Own { folder, supervisor }) };
            if started.answers() {
                return Some(started);
            }
        }
        panic!("PostgreSQL does not start");
    }

    /// The URL of its maintenance database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An empty database of one's own.
    pub fn database(&self) -> Database {
        Database::create(self, None)
    }

    /// A database of one's own that begins as a copy of this one, to which nobody may be connected.
    pub fn database_like(&self, template: &Database) -> Database {
        Database::create(self, Some(template))
    }

    /// Kills all of its processes at once, as kill -9 does.
    ///
    /// # Panics
    /// For a server that was not started here.
    pub fn kill(&self) {
        self.own().supervisor.kill();
    }

    /// Starts it again after [`Postgres::kill`], and waits until it has recovered.
    ///
    /// # Panics
    /// For a server that was not started here, or that does not start again.
    pub fn start_again(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.own().supervisor.start_again();
            // What a killed server shared with its children may be in use for a moment longer.
            if self.answers() {
                return;
            }
            assert!(Instant::now() < deadline, "PostgreSQL does not start again: {}", self.log());
        }
    }

    /// The ids of its processes as they are now.
    ///
    /// # Panics
    /// For a server that was not started here.
    pub fn processes(&self) -> Vec<u32> {
        let pid = fs::read_to_string(self.own().folder.join("data/postmaster.pid")).unwrap();
        let first: u32 = pid.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
        let tasks = fs::read_dir(format!("/proc/{first}/task")).unwrap().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let children: Vec<_> = children.collect();
        let children =
            children.iter().flat_map(|ids| ids.split_whitespace()).filter_map(|id| id.parse().ok());
        [first].into_iter().chain(children).collect()
    }

    /// Stops every process that serves this database, until the guard is dropped: who asks it is not answered.
    ///
    /// # Panics
    /// For a server on another machine.
    pub fn stop_backends_of(&self, database: &Database) -> Stopped {
        let asked = format!("select pid from pg_stat_activity where datname = '{}'", database.name());
        let processes: Vec<String> = run_sql(&self.url, &asked).lines().map(str::to_owned).collect();
        signal("-STOP", &processes);
        Stopped { processes }
    }

    /// What it has written to its log so far.
    ///
    /// # Panics
    /// For a server that was not started here.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.own().folder.join("log")).unwrap()).into_owned()
    }

    /// Runs these statements in the maintenance database.
    pub fn run(&self, sql: &str) {
        run_sql(&self.url, sql);
    }

    /// Whether it goes on after the tests.
    pub(crate) const fn is_somebody_elses(&self) -> bool {
        self.own.is_none()
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("a server that was started here")
    }

    /// Whether it has come up; false as soon as it has given up.
    fn answers(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut asked = binaries::tool("pg_isready");
            if asked.args(["-q", "-d", &self.url]).status().is_ok_and(|status| status.success()) {
                return true;
            }
            let (log, pid) = (self.log(), self.own().folder.join("data/postmaster.pid"));
            let gave_up = ["FATAL:  could not", "FATAL:  lock file", "FATAL:  pre-existing"];
            if !pid.exists()
                && gave_up.iter().any(|why| log.lines().rev().take(5).any(|line| line.contains(why)))
            {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

/// Whatever databases this process has made on somebody else's server and not dropped, a small shell drops that
/// outlives it by a moment, be it that it ends or that it is killed.
fn leave_nothing_behind(url: &str) {
    const SCRIPT: &str = r#"
    cat >/dev/null
    find="select format('drop database %I with (force)', datname) from pg_database where starts_with(datname, '$2')"
    "$1" -X -q -A -t -d "$url" -c "$find" | "$1" -X -q -d "$url"
    "#;
    let left = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(binaries::folder().join("psql"))
        .arg(names())
        .env("url", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // Its input ends with this process: nobody else has it, and nobody here closes it.
    std::mem::forget(left.expect("a POSIX shell"));
}

/// Processes that stand still until this is dropped.
#[derive(Debug)]
pub struct Stopped {
    processes: Vec<String>,
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", &self.processes);
    }
}

fn signal(signal: &str, processes: &[String]) {
    let sent = Command::new("kill").arg(signal).args(processes).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {processes:?}");
}

/// Runs statements in a database, and answers what they print, a row a line.
pub(crate) fn run_sql(url: &str, sql: &str) -> String {
    let done = binaries::tool("psql")
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_durable_and_gone_with_its_guard() {
        let server = Postgres::start();
        let (folder, url) = (server.own().folder.clone(), server.url().to_owned());
        assert_eq!(run_sql(&url, "show fsync").trim(), "on");
        drop(server);
        assert!(!folder.exists());
        let asked = binaries::tool("pg_isready").args(["-q", "-d", &url]).status();
        assert!(!asked.unwrap().success());
    }

    #[test]
    fn what_was_written_is_there_after_a_kill() {
        let server = Postgres::start();
        server.run("create table kept (a int)");
        server.run("insert into kept values (1)");
        server.kill();
        server.start_again();
        assert_eq!(run_sql(server.url(), "select a from kept").trim(), "1");
    }

    /// As long as one of them is there, it has what they shared, and the server does not start again.
    #[test]
    fn no_process_of_a_killed_server_is_left_when_it_is_said_to_be_killed() {
        let server = Postgres::start();
        for _ in 0..3 {
            let processes = server.processes();
            server.kill();
            let alive = |id: &&u32| {
                let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
                status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
            };
            assert_eq!(processes.iter().filter(alive).count(), 0, "of {}", processes.len());
            server.start_again();
        }
    }

    #[test]
    fn a_database_is_ones_own_and_may_begin_as_a_copy() {
        let server = Postgres::shared();
        let first = server.database();
        first.run("create table a (b int)");
        let second = server.database_like(&first);
        second.run("insert into a values (1)");
        let third = second.restored();
        third.run("insert into a values (2)");
        let rows = [&first, &second, &third].map(|database| database.run("select count(*) from a"));
        assert_eq!(rows.each_ref().map(|count| count.trim()), ["0", "1", "2"]);
    }

    #[test]
    fn a_replica_follows() {
        let primary = Postgres::start();
        let replica = primary.replica();
        primary.run("create table a as select 7 as b");
        let deadline = Instant::now() + PATIENCE;
        let seen = || run_sql(replica.url(), "select to_regclass('a') is not null").trim() == "t";
        while !seen() {
            assert!(Instant::now() < deadline, "the replica never sees it");
        }
        assert_eq!(run_sql(replica.url(), "select b from a").trim(), "7");
    }
}
