use std::{error::Error, fmt, str::FromStr, time::Duration};

use async_trait::async_trait;
use commerce_kit::{
    domain::ids::CheckoutId,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
    memory::{BookEntry, BuyerAnswer},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request, StatusCode, Uri, body::Bytes, header::CONTENT_TYPE};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Bank, wire};

/// How long the bank may take to answer the telephone.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a whole call may take: less than the engine waits, so that it hears why.
const CALL: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes. The books are long.
const ANSWER: usize = 64 * 1024 * 1024;

/// A bank over HTTP.
///
/// It repeats nothing by itself: the engine repeats a request under its key, and knows how often.
#[derive(Clone)]
pub struct RemoteBank {
    address: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl RemoteBank {
    /// The bank's own books: every tender that promised money, the oldest first.
    ///
    /// # Errors
    /// As every other call.
    pub async fn books(&self) -> Result<Vec<BookEntry>, GatewayError> {
        let entries: Vec<wire::Entry> = self.ask(Method::GET, "/books", Bytes::new()).await?;
        Ok(entries.into_iter().map(|wire::Entry(entry)| entry).collect())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, GatewayError> {
        let body = serde_json::to_vec(message).map_err(GatewayError::unavailable)?;
        self.ask(Method::POST, path, body.into()).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<T, GatewayError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(GatewayError::unavailable)?;
        let answer = tokio::time::timeout(CALL, self.call(request)).await;
        let (status, body) = answer.map_err(GatewayError::uncertain)??;
        understood(status, &body)
    }

    /// Calls once. As long as there was no connection, the bank cannot have heard; from then on it may have done what
    /// it was asked to, whatever becomes of the answer.
    async fn call(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), GatewayError> {
        let answer = self.client.request(request).await.map_err(|error| match error.is_connect() {
            true => GatewayError::unavailable(error),
            false => GatewayError::uncertain(error),
        })?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        Ok((status, body.map_err(GatewayError::uncertain)?.to_bytes()))
    }
}

/// What the bank said. Only its "no" is a no; whatever else is no answer may come from something in between.
fn understood<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, GatewayError> {
    match status {
        StatusCode::OK => serde_json::from_slice(body).map_err(GatewayError::uncertain),
        StatusCode::UNPROCESSABLE_ENTITY => {
            let wire::Rejection { code, message } =
                serde_json::from_slice(body).map_err(GatewayError::uncertain)?;
            Err(GatewayError::Rejected { code, message })
        }
        other => Err(GatewayError::uncertain(format!("the bank answered {other}"))),
    }
}

#[async_trait]
impl PaymentGateway for RemoteBank {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        self.post("/authorize", &wire::Authorize(request)).await
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.post("/capture", &wire::Capture(request)).await
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        let wire::Voided(outcome) = self.post("/void", &wire::Void(request)).await?;
        Ok(outcome)
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        self.post("/refund", &wire::Refund(request)).await
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        let wire::Known(lookup) = self.post("/lookup", key).await?;
        Ok(lookup)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: Duration::from_secs(24 * 60 * 60) }
    }
}

#[async_trait]
impl Bank for RemoteBank {
    async fn complete_action(&self, checkout: CheckoutId, answer: BuyerAnswer) -> Result<(), GatewayError> {
        self.post(&format!("/actions/{checkout}"), &wire::Answer(answer)).await
    }
}

/// What was given is no address of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAddress;

impl FromStr for RemoteBank {
    type Err = InvalidAddress;

    fn from_str(address: &str) -> Result<Self, InvalidAddress> {
        let uri: Uri = address.parse().map_err(|_| InvalidAddress)?;
        let bare = uri.scheme_str() == Some("http") && uri.path() == "/" && uri.query().is_none();
        let authority = uri.authority().filter(|_| bare).ok_or(InvalidAddress)?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { address: format!("http://{authority}"), client })
    }
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bank is at http://HOST:PORT")
    }
}

impl Error for InvalidAddress {}

impl fmt::Debug for RemoteBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteBank").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_is_at_a_host_and_a_port() {
        assert!("http://127.0.0.1:4000".parse::<RemoteBank>().is_ok());
        assert_eq!("http://bank/".parse::<RemoteBank>().unwrap().address, "http://bank");
        for wrong in ["", "bank", "bank:4000", "https://bank", "http://bank/pay", "http://bank?a=b"] {
            assert!(wrong.parse::<RemoteBank>().is_err(), "{wrong:?}");
        }
    }
}
