//! As much of HTTP/1.1 as a WebDriver on loopback needs: one request a connection, an answer with a length.
//! No TLS, no redirects, no proxies (RFC 9112).

use super::Error;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest answer taken: a screenshot of a large window is far below.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// The way to a driver.
#[derive(Debug, Clone)]
pub(super) struct Http {
    port: u16,
}

impl Http {
    pub(super) fn new(port: u16) -> Self {
        Self { port }
    }

    pub(super) fn get(&self, path: &str, patience: Duration) -> Result<Value, Error> {
        self.ask("GET", path, "", patience)
    }

    pub(super) fn delete(&self, path: &str, patience: Duration) -> Result<Value, Error> {
        self.ask("DELETE", path, "", patience)
    }

    pub(super) fn post(&self, path: &str, body: &Value, patience: Duration) -> Result<Value, Error> {
        self.ask("POST", path, &body.to_string(), patience)
    }

    fn ask(&self, method: &str, path: &str, body: &str, patience: Duration) -> Result<Value, Error> {
        let answer = self.exchange(method, path, body, patience).map_err(Error::Connection)?;
        let text = String::from_utf8_lossy(&answer);
        let parsed: Value = serde_json::from_str(&text).map_err(|_| Error::Answer(text.into_owned()))?;
        value_of(parsed)
    }

    fn exchange(&self, method: &str, path: &str, body: &str, patience: Duration) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        read_answer(&mut BufReader::new(stream))
    }
}

/// The body of one answer, whatever its status: WebDriver says in the body what went wrong.
fn read_answer(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stream.by_ref().take(16 * 1024).read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the answer broke off"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let length = length.unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER);
    let mut body = Vec::new();
    stream.by_ref().take(length).read_to_end(&mut body)?;
    Ok(body)
}

/// The `value` of an answer, or the error in it (WebDriver section 6.6).
fn value_of(mut answer: Value) -> Result<Value, Error> {
    let Some(value) = answer.get_mut("value").map(Value::take) else {
        return Err(Error::Answer(answer.to_string()));
    };
    let Some(code) = value.get("error").and_then(Value::as_str) else { return Ok(value) };
    if value.get("message").is_none() {
        return Ok(value);
    }
    let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
    Err(Error::Refused { code: code.to_owned(), message: message.to_owned() })
}

/// The body of a command without parameters.
pub(super) fn nothing() -> Value {
    json!({})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_length_and_no_further() {
        let raw = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\ncontent-length: 4\r\n\r\nabcdEFG";
        assert_eq!(read_answer(&mut &raw[..]).unwrap(), b"abcd");
    }

    #[test]
    fn an_answer_that_breaks_off_is_an_error() {
        assert!(read_answer(&mut &b"HTTP/1.1 200 OK\r\nContent-"[..]).is_err());
    }

    #[test]
    fn a_refusal_carries_code_and_words() {
        let answer = json!({ "value": { "error": "no such element", "message": "x", "stacktrace": "" } });
        let error = value_of(answer).unwrap_err();
        assert!(error.is_passing());
        assert!(error.to_string().contains("no such element"));
        assert_eq!(value_of(json!({ "value": null })).unwrap(), Value::Null);
        assert!(value_of(json!([])).is_err());
    }
}
