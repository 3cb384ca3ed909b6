use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const MISSING: &str = "PostgreSQL is not installed: run `apt-get install postgresql` (Debian), or name a server in DATABASE_URL";

/// Where the binaries of PostgreSQL are. On Debian, as root, they are installed if they are missing.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        find().or_else(|| install().then(find).flatten()).unwrap_or_else(|| panic!("{MISSING}"))
    })
}

/// A command that runs one of them, as somebody who is not root: PostgreSQL refuses to run as root.
pub(crate) fn command(program: &str) -> Vec<String> {
    let mut command = Vec::new();
    if is_root() {
        command
            .extend(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"].map(String::from));
    }
    command.push(folder().join(program).to_str().unwrap().to_owned());
    command
}

/// A client of theirs, which anybody may run.
pub(crate) fn tool(program: &str) -> Command {
    Command::new(folder().join(program))
}

/// Runs one of them to its end.
pub(crate) fn run(program: &str, arguments: &[&str]) {
    let command = command(program);
    let done = Command::new(&command[0])
        .args(&command[1..])
        .args(arguments)
        .current_dir("/")
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", command[0]));
    assert!(done.status.success(), "{program} failed: {}", String::from_utf8_lossy(&done.stderr));
}

/// Gives a folder or a file to the user who runs the servers.
pub(crate) fn give(folder: &Path) {
    if is_root() {
        let given = Command::new("chown").arg("postgres:postgres").arg(folder).status();
        assert!(given.is_ok_and(|status| status.success()), "chown postgres:postgres {}", folder.display());
    }
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// The newest version that is installed, where Debian and others put them, or on the path.
fn find() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut folders: Vec<_> = installed.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    folders.splice(0..0, env::split_paths(&path));
    folders.into_iter().rev().find(|folder| folder.join("initdb").is_file())
}

fn install() -> bool {
    let run = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command.status().is_ok_and(|status| status.success())
    };
    is_root()
        && run(&["update"])
        && run(&["install", "--yes", "--no-install-recommends", "postgresql", "postgresql-client"])
}
