use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{Postgres, postgres::run_sql};

/// A database of one's own on a server. Dropping it drops it, unless the server goes soon anyway.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    outlived: bool,
}

impl Database {
    pub(crate) fn create(server: &Postgres, template: Option<&Self>) -> Self {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}_{}", process::id(), DRAWN.fetch_add(1, Ordering::Relaxed));
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
