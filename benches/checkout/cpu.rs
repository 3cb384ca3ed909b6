use std::{fs, process, time::Duration};

use commerce_testservers::Postgres;

/// What a process has computed so far, in itself and in the kernel for it; nothing where the system does not tell.
/// Exact to a hundredth of a second.
pub(crate) fn of_process(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may have spaces; user and system time are the 12th and 13th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((next()? + next()?) * 10))
}

/// What a server has computed so far, in all of its processes.
pub(crate) fn of_server(server: &Postgres) -> Option<Duration> {
    server.processes().into_iter().map(of_process).sum()
}

/// The same for this process.
pub(crate) fn of_ours() -> Option<Duration> {
    of_process(process::id())
}
