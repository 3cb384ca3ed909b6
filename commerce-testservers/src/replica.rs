use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Postgres, binaries, template};

impl Postgres {
    /// A server that follows this one by streaming. It answers reads, a moment late.
    pub fn replica(&self) -> Self {
        self.replica_with(&[])
    }

    /// The same with these settings, such as `recovery_min_apply_delay`.
    pub fn replica_with(&self, settings: &[(&str, &str)]) -> Self {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let copied = || {
            let folder = template::folder();
            let slot = format!("replica_{}", DRAWN.fetch_add(1, Ordering::Relaxed));
            let data = folder.join("data");
            let to = ["-D", template::path(&data), "-R", "-X", "stream", "-C", "-S", &slot, "--no-sync"];
            binaries::run("pg_basebackup", &[&["-d", self.url(), "--checkpoint=fast"], &to[..]].concat());
            Some(folder)
        };
        Self::start_in(copied, settings).expect("a folder")
    }
}
