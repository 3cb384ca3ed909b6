use std::{
    process::{self, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use crate::{Postgres, binaries, postgres::run_sql};

/// A database of one's own on a server. Dropping it drops it, unless the server goes soon anyway.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    outlived: bool,
}

impl Database {
    pub(crate) fn create(server: &Postgres, template: Option<&Self>) -> Self {
        let name = drawn();
        let template = template.map_or("template0", |template| &template.name);
        run_sql(server.url(), &format!("create database {name} template {template}"));
        Self { server: server.url().into(), name, outlived: server.is_somebody_elses() }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        url_of(&self.server, &self.name)
    }

    /// The URL of the copy of it that a replica has.
    pub fn url_on(&self, replica: &Postgres) -> String {
        url_of(replica.url(), &self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another database with what `pg_dump` finds in this one at this moment, whoever writes meanwhile.
    pub fn restored(&self) -> Self {
        let copy = Self { name: drawn(), server: self.server.clone(), outlived: self.outlived };
        run_sql(&self.server, &format!("create database {} template template0", copy.name));
        let dumped =
            binaries::tool("pg_dump").args(["-Fc", "-d", &self.url()]).stdout(Stdio::piped()).spawn();
        let mut dumped = dumped.unwrap();
        let restored = binaries::tool("pg_restore")
            .args(["--exit-on-error", "--no-owner", "-d", &copy.url()])
            .stdin(dumped.stdout.take().unwrap())
            .output()
            .unwrap();
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        assert!(dumped.wait().unwrap().success());
        copy
    }

    /// Runs statements in it, and answers what they print, a row a line.
    pub fn run(&self, sql: &str) -> String {
        run_sql(&self.url(), sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.outlived {
            run_sql(&self.server, &format!("drop database if exists {} with (force)", self.name));
        }
    }
}

/// A name that no other database has.
fn drawn() -> String {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    format!("{}{}", names(), DRAWN.fetch_add(1, Ordering::Relaxed))
}

/// How the names of all databases of this process begin. A process with the same id may test on the same server, from
/// another machine.
pub(crate) fn names() -> &'static str {
    static NAMES: OnceLock<String> = OnceLock::new();
    NAMES.get_or_init(|| {
        let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        format!("test_{}_{:x}_", process::id(), began.as_nanos())
    })
}

/// The URL of another database on the same server.
fn url_of(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, None), |(url, rest)| (url, Some(rest)));
    let host =
        address.rfind('/').filter(|at| !address[..*at].ends_with('/')).map_or(address, |at| &address[..at]);
    options.map_or(format!("{host}/{name}"), |options| format!("{host}/{name}?{options}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_differs() {
        assert_eq!(url_of("postgres://a@b:1/c", "d"), "postgres://a@b:1/d");
        assert_eq!(url_of("postgres://a@b:1/c?sslmode=require", "d"), "postgres://a@b:1/d?sslmode=require");
        assert_eq!(url_of("postgres://b", "d"), "postgres://b/d");
    }
}
