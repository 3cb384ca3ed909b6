use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// A server under a small shell that outlives this process by a moment: when its standard input ends, be it that the
/// guard was dropped or that this process was killed, it ends the server and removes the folder.
#[derive(Debug)]
pub(crate) struct Supervisor {
    shell: Child,
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

/// `kill` ends the server and its children without a chance to tidy up, as a power cut does to a process. It is stopped
/// first: it could have one more child while the others die. What they shared is free once all of them are dead.
const SCRIPT: &str = r#"
folder=$1; shift
start() { "$@" >>"$folder/log" 2>&1 </dev/null & server=$!; echo "$server"; }
children() { cat /proc/"$server"/task/*/children 2>/dev/null; }
is() { grep -q "^State:.$2" /proc/"$1"/status 2>/dev/null; }
start "$@"
while read -r order; do
    case $order in
        start) start "$@" ;;
        kill)
            kill -STOP "$server"
            while is "$server" '[^TZ]'; do :; done
            all="$server $(children)"
            kill -KILL $all 2>/dev/null
            for one in $all; do while is "$one" '[^Z]'; do :; done; done
            wait "$server" 2>/dev/null
            echo killed ;;
    esac
done
kill -QUIT "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf -- "$folder"
"#;

impl Supervisor {
    /// Starts a server whose folder goes with it. Its output is the file `log` in there.
    pub(crate) fn start(folder: &Path, server: &[String]) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a POSIX shell");
        let pipes = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        let supervisor = Self { shell, pipes: Mutex::new(Some(pipes)) };
        supervisor.answer();
        supervisor
    }

    /// Kills the server and everything it started.
    pub(crate) fn kill(&self) {
        self.order("kill");
    }

    /// Starts the server again, as it was started at first.
    pub(crate) fn start_again(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        if let Some((orders, _)) = &mut *self.pipes.lock().unwrap_or_else(PoisonError::into_inner) {
            writeln!(orders, "{order}").unwrap();
        }
        self.answer();
    }

    fn answer(&self) {
        if let Some((_, answers)) = &mut *self.pipes.lock().unwrap_or_else(PoisonError::into_inner) {
            answers.read_line(&mut String::new()).unwrap();
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The end of its input is the order to tidy up.
        drop(self.pipes.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.shell.wait());
    }
}
