//! A client small enough to read: HTTP/1.1 over one connection that stays open. For the load test, the tour and the tests.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// A JSON text, or nothing.
    pub body: String,
    /// Who asks, if anybody in particular.
    pub user: Option<&'static str>,
}

impl Request {
    /// Asks for something.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path, "")
    }

    /// Any other request.
    pub fn new(method: &'static str, path: impl Into<String>, body: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: body.into(), user: None }
    }

    /// The same from a user.
    #[must_use]
    pub fn from_user(self, user: &'static str) -> Self {
        Self { user: Some(user), ..self }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Such as 200.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// From the first byte sent to the last one received.
    pub took: Duration,
}

impl Reply {
    /// The value of a header, by its name in small letters; nothing where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The word of `X-Cache-Status`.
    pub fn cache(&self) -> &str {
        self.header("x-cache-status")
    }
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request and waits for the whole reply.
    pub async fn send(&mut self, request: &Request) -> io::Result<Reply> {
        let start = Instant::now();
        let Request { method, path, body, user } = request;
        let user = user.map(|user| format!("x-user: {user}\r\n")).unwrap_or_default();
        let length = body.len();
        let text =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{user}content-length: {length}\r\n\r\n{body}");
        self.stream.write_all(text.as_bytes()).await?;
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| broken("no status", &first))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken("no header", &line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: String::new(), took: Duration::ZERO };
        let mut bytes = vec![0; reply.header("content-length").parse().unwrap_or(0)];
        self.stream.read_exact(&mut bytes).await?;
        reply.body = String::from_utf8(bytes).map_err(io::Error::other)?;
        reply.took = start.elapsed();
        Ok(reply)
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

fn broken(what: &str, line: &str) -> io::Error {
    io::Error::other(format!("{what} in \"{line}\""))
}
