use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use commerce_kit::memory::TestGateway;
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

use crate::kept::{Kept, Kind};

const SECRET: &str = "a-token-for-the-test";
const BINARY: &str = env!("CARGO_BIN_EXE_storefront");

/// A shop as people start it, in processes of its own, and what outlives those: its database and the bank.
pub(crate) struct House {
    /// With the buyers' files, and the log of the shop.
    pub(crate) folder: PathBuf,
    pub(crate) kept: Kept,
    pub(crate) bank: Arc<TestGateway>,
    pub(crate) bank_address: String,
    doors: watch::Sender<Vec<Arc<Door>>>,
    asked: AtomicUsize,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A process in which the shop is open.
pub(crate) struct Door {
    process: Mutex<Process>,
    root: String,
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
    pub(crate) async fn build(kind: Kind) -> Arc<Self> {
        Self::build_with(|folder| Kept::new(kind, folder)).await
    }

    pub(crate) async fn build_with(keep: impl FnOnce(&Path) -> Kept) -> Arc<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-{}", Uuid::new_v4()));
        fs::create_dir_all(&folder).unwrap();
        let kept = tokio::task::block_in_place(|| keep(&folder));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank_address = format!("http://{}", listener.local_addr().unwrap());
        let bank = Arc::new(TestGateway::new());
        tokio::spawn(server::serve(listener, bank::router(bank.clone()), std::future::pending()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (doors, asked) = (watch::Sender::default(), AtomicUsize::default());
        Arc::new(Self { folder, kept, bank, bank_address, doors, asked, client })
    }

    /// Opens a door; how long that took, from the start of the process until it is ready to sell.
    pub(crate) async fn open(&self) -> Duration {
        let since = Instant::now();
        let mut process = self.start();
        let mut line = String::new();
        tokio::task::block_in_place(|| process.stdout.read_line(&mut line)).unwrap();
        let api = line.trim().rsplit(' ').next().unwrap();
        let root = api
            .strip_suffix("/api/v1")
            .unwrap_or_else(|| panic!("it never opened: {}", self.log()))
            .to_owned();
        let door = Arc::new(Door { process: Mutex::new(process), root });
        let ready = self.send(&format!("{}/ready", door.root), Method::GET, None).await.unwrap();
        assert_eq!(ready.status, 200, "{:#}", ready.body);
        let took = since.elapsed();
        self.doors.send_modify(|doors| doors.push(door));
        took
    }

    /// What the shop's processes have complained of.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Opens the shop, and kills it before it can say that it is open, most of the time.
    pub(crate) async fn open_in_vain(&self, lives: Duration) {
        let mut process = self.start();
        tokio::time::sleep(lives).await;
        process.kill();
    }

    /// The same, as soon as so many products are on sale.
    pub(crate) async fn open_in_vain_until(&self, products: usize) {
        let mut process = self.start();
        while process.child.try_wait().unwrap().is_none() && self.kept.products().await.len() < products {
            tokio::task::yield_now().await;
        }
        process.kill();
    }

    fn start(&self) -> Process {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut child = Command::new(BINARY)
            .args(["--listen", "127.0.0.1:0", "--log", "warn", "--bank", &self.bank_address])
            .args(["--database", &self.kept.name()])
            .env("STOREFRONT_ADMIN_TOKEN", SECRET)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Process { child, stdout }
    }

    /// How many doors are open.
    pub(crate) fn doors(&self) -> usize {
        self.doors.borrow().len()
    }

    /// SIGKILL for the process behind this door, which does not hear of it.
    pub(crate) fn kill(&self, door: usize) {
        let mut closed = None;
        self.doors.send_modify(|doors| closed = Some(doors.remove(door)));
        closed.unwrap().process.lock().unwrap().kill();
    }

    /// How long it takes until every open door is ready to sell; the processes behind them live.
    pub(crate) async fn ready(&self) -> Duration {
        let since = Instant::now();
        let doors = self.doors.borrow().clone();
        for door in doors {
            let ready = format!("{}/ready", door.root);
            while self.send(&ready, Method::GET, None).await.unwrap().status != 200 {
                assert!(since.elapsed() < Duration::from_secs(60), "it is never ready");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        since.elapsed()
    }

    /// Runs one of the shop's commands on what is kept there, whether the shop is open or not.
    pub(crate) fn run(&self, command: &[&str], kept: &Kept) -> Output {
        let mut run = Command::new(BINARY);
        run.args(command).args(["--database", &kept.name()]);
        tokio::task::block_in_place(|| run.output()).unwrap()
    }

    /// Asks the shop as its people do, at one door after the other, as soon as one is open. Nothing when it died before
    /// it answered.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let mut doors = self.doors.subscribe();
        let door = {
            let open = doors.wait_for(|doors| !doors.is_empty()).await.unwrap();
            Arc::clone(&open[self.asked.fetch_add(1, Ordering::Relaxed) % open.len()])
        };
        self.send(&format!("{}/api/v1{path}", door.root), method, body).await
    }

    /// Looks, again and again until it is told: somebody may have killed the database, or a door.
    pub(crate) async fn look(&self, path: &str) -> Answer {
        let since = Instant::now();
        loop {
            match self.ask(Method::GET, path, None).await {
                Some(answer) if answer.status != 503 => return answer,
                unheard => assert!(since.elapsed() < Duration::from_secs(30), "{path}: {unheard:?}"),
            }
        }
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
    pub(crate) async fn rest(kept: &Kept) {
        let since = Instant::now();
        loop {
            let shop = kept.database().snapshot().await.unwrap();
            let mut under_way = check(&*shop, None, Moment::AtRest).await.unwrap();
            under_way.retain(|violation| matches!(violation.rule, "G3" | "E2"));
            if under_way.is_empty() {
                assert_eq!(View::read(&*shop, None).await.unwrap().stuck(), [""; 0]);
                return;
            }
            drop(shop);
            assert!(since.elapsed() < Duration::from_secs(150), "it never came to rest: {under_way:#?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

impl Process {
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop((self.child.kill(), self.child.wait()));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the shop, and its file if it has one, are in {}", self.folder.display());
        } else {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}
