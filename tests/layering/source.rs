use std::{fs, io, path::Path};

/// One file of the workspace.
pub(super) struct Source {
    /// Its path from the root of the workspace, with slashes.
    pub(super) path: String,
    /// What is in it.
    pub(super) text: String,
}

impl Source {
    /// The module it is, from the root of commerce-core; none when it belongs to another crate.
    pub(super) fn core_module(&self) -> Option<Vec<String>> {
        let path = self.path.strip_prefix("commerce-core/src/")?.strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        let names = path.split('/').filter(|name| *name != "lib");
        Some(names.map(str::to_owned).collect())
    }
}

/// Every Rust source of the workspace, by path; what cargo builds is left out.
pub(super) fn of_workspace() -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    add(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut sources)?;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn add(folder: &Path, path: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    let built = folder.join("CACHEDIR.TAG").exists();
    for entry in fs::read_dir(folder)?.filter(|_| !built) {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            add(&entry.path(), &path, sources)?;
        } else if path.ends_with(".rs") {
            sources.push(Source { text: fs::read_to_string(entry.path())?, path });
        }
    }
    Ok(())
}
