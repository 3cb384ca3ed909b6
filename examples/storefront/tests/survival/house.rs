use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use commerce_kit::{
    memory::TestGateway,
    sqlite::{SqliteOptions, SqliteStore},
};
use commerce_testkit::invariants::{Moment, View, check};
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, body::Bytes, header::AUTHORIZATION, header::CONTENT_TYPE};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use storefront::{bank, server};
use tokio::{net::TcpListener, sync::watch};
use uuid::Uuid;

const SECRET: &str = "a-token-for-the-test";
const BINARY: &str = env!("CARGO_BIN_EXE_storefront");

/// A shop as people start it, in a process of its own, and what outlives that: its file and the bank.
pub(crate) struct House {
    pub(crate) folder: PathBuf,
    pub(crate) bank: Arc<TestGateway>,
    pub(crate) bank_address: String,
    process: Mutex<Option<Process>>,
    /// Where the shop is open, while it is.
    open: watch::Sender<Option<String>>,
    client: Client<HttpConnector, Full<Bytes>>,
}

struct Process {
    child: Child,
    /// Kept open: nobody writes to a pipe that nobody reads.
    stdout: BufReader<ChildStdout>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl House {
    pub(crate) async fn build() -> Arc<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-{}", Uuid::new_v4()));
        fs::create_dir_all(&folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank_address = format!("http://{}", listener.local_addr().unwrap());
        let bank = Arc::new(TestGateway::new());
        tokio::spawn(server::serve(listener, bank::router(bank.clone()), std::future::pending()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (open, process) = (watch::Sender::new(None), Mutex::default());
        Arc::new(Self { folder, bank, bank_address, process, open, client })
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("shop.db")
    }

    /// Opens the shop; how long that took, from the start of the process until it is ready to sell.
    pub(crate) async fn open(&self) -> Duration {
        let since = Instant::now();
        let mut process = self.start();
        let mut line = String::new();
        tokio::task::block_in_place(|| process.stdout.read_line(&mut line)).unwrap();
        *self.process.lock().unwrap() = Some(process);
        let api = line.trim().rsplit(' ').next().unwrap();
        let root = api.strip_suffix("/api/v1").unwrap_or_else(|| panic!("it never opened: {line:?}"));
        let ready = self.send(&format!("{root}/ready"), Method::GET, None).await.unwrap();
        assert_eq!(ready.status, 200, "{:#}", ready.body);
        let took = since.elapsed();
        self.open.send_replace(Some(api.to_owned()));
        took
    }

    /// Opens the shop, and kills it before it can say that it is open, most of the time.
    pub(crate) async fn open_in_vain(&self, lives: Duration) {
        *self.process.lock().unwrap() = Some(self.start());
        tokio::time::sleep(lives).await;
        self.kill();
    }

    fn start(&self) -> Process {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut child = Command::new(BINARY)
            .args(["--listen", "127.0.0.1:0", "--log", "warn", "--bank", &self.bank_address])
            .args(["--database", &database(&self.file())])
            .env("STOREFRONT_ADMIN_TOKEN", SECRET)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Process { child, stdout }
    }

    /// SIGKILL: the process does not hear of it.
    pub(crate) fn kill(&self) {
        self.open.send_replace(None);
        if let Some(mut process) = self.process.lock().unwrap().take() {
            process.child.kill().unwrap();
            process.child.wait().unwrap();
        }
    }

    /// Runs one of the shop's commands on this file, whether the shop is open or not.
    pub(crate) fn run(&self, command: &[&str], file: &Path) -> Output {
        let mut run = Command::new(BINARY);
        run.args(command).args(["--database", &database(file)]);
        tokio::task::block_in_place(|| run.output()).unwrap()
    }

    /// Asks the shop as its people do, as soon as it is open. Nothing when it died before it answered.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let mut open = self.open.subscribe();
        let api = open.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        self.send(&format!("{api}{path}"), method, body).await
    }

    async fn send(&self, uri: &str, method: Method, body: Option<Value>) -> Option<Answer> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(AUTHORIZATION, format!("Bearer {SECRET}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))
            .unwrap();
        let answer = self.client.request(request).await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Some(Answer { status, body })
    }

    /// Waits until every saga has ended and every event is delivered: for as long as a dead process has leased them.
    pub(crate) async fn rest(file: &Path) {
        let since = Instant::now();
        loop {
            let shop = SqliteStore::snapshot(file, SqliteOptions::default()).unwrap();
            let mut under_way = check(&shop, None, Moment::AtRest).await.unwrap();
            under_way.retain(|violation| matches!(violation.rule, "G3" | "E2"));
            if under_way.is_empty() {
                assert_eq!(View::read(&shop, None).await.unwrap().stuck(), [""; 0]);
                return;
            }
            drop(shop);
            assert!(since.elapsed() < Duration::from_secs(150), "it never came to rest: {under_way:#?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

pub(crate) fn database(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(process) = self.process.get_mut().unwrap() {
            drop((process.child.kill(), process.child.wait()));
        }
        if std::thread::panicking() {
            eprintln!("the file and the log of the shop are in {}", self.folder.display());
        } else {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}
