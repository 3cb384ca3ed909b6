use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::binaries;

/// Text sorts as people expect it, not by bytes: an adapter that needs bytes has to say so.
const CLUSTER: [&str; 8] = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--locale-provider=icu",
    "--icu-locale=en-US",
    "--no-sync",
    "--no-instructions",
];

/// A folder for one server, with a fresh cluster in `data`. `initdb` takes a second or two, so it runs once for each
/// machine; what it made is copied.
pub(crate) fn cluster() -> PathBuf {
    let folder = folder();
    let copied = Command::new("cp").arg("-a").arg(template()).arg(folder.join("data")).status();
    assert!(copied.is_ok_and(|status| status.success()), "the template cluster cannot be copied");
    folder
}

/// The same, with a certificate that the server has signed itself; none on a machine without `openssl`.
pub(crate) fn cluster_with_certificate() -> Option<PathBuf> {
    let folder = cluster();
    let [key, certificate] = ["server.key", "server.crt"].map(|name| folder.join("data").join(name));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-newkey", "ec"]);
    openssl.args([
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-keyout",
        path(&key),
        "-out",
        path(&certificate),
    ]);
    if !openssl.output().is_ok_and(|made| made.status.success()) {
        drop(fs::remove_dir_all(folder));
        return None;
    }
    [key, certificate].iter().for_each(|file| binaries::give(file));
    Some(folder)
}

/// An empty folder for one server.
pub(crate) fn folder() -> PathBuf {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let folder = home().join(format!("{}-{}", process::id(), DRAWN.fetch_add(1, Ordering::Relaxed)));
    // A process with the same id may have left something behind.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    binaries::give(&folder);
    folder
}

fn template() -> PathBuf {
    let version = binaries::folder().to_str().unwrap().replace('/', "_");
    let template = home().join(format!("template{version}"));
    let lock = File::create(home().join("lock")).unwrap();
    lock.lock().unwrap();
    if !template.exists() {
        let made = folder();
        let data = made.join("data");
        binaries::run("initdb", &[&["-D", path(&data)], &CLUSTER[..]].concat());
        // A template is whole as soon as it has its name.
        fs::rename(&data, &template).unwrap();
        fs::remove_dir(made).unwrap();
    }
    template
}

/// Where all servers of this user are.
fn home() -> PathBuf {
    let user = if binaries::is_root() { "root".into() } else { env::var("USER").unwrap_or_default() };
    let home = env::temp_dir().join(format!("commerce-testservers-{user}"));
    fs::create_dir_all(&home).unwrap();
    home
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("the folder for temporary files is text")
}
