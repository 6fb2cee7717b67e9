//! One window under a driver: find, read, click, type, run a script, take a picture (WebDriver sections 10 to 17).

use super::http::{self, Http};
use super::{Error, GLANCE};
use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one command may take.
const COMMAND: Duration = Duration::from_secs(30);
/// The key under which WebDriver names an element (section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An element as it was when it was found; stale once it is drawn anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element(String);

/// A window with a web view in it. Selectors are CSS; the first match counts.
#[derive(Debug, Clone)]
pub struct Window {
    http: Http,
    session: String,
}

impl Window {
    pub(super) fn new(http: Http, session: &str) -> Self {
        Self { http, session: session.to_owned() }
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// As all here: when the driver refuses or is gone.
    pub fn go(&self, address: &str) -> Result<(), Error> {
        self.post("/url", &json!({ "url": address })).map(drop)
    }

    /// Loads the page anew, as the agent's F5 would.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn reload(&self) -> Result<(), Error> {
        self.post("/refresh", &http::nothing()).map(drop)
    }

    /// The first element that matches.
    ///
    /// # Errors
    /// `no such element` when none does.
    pub fn find(&self, css: &str) -> Result<Element, Error> {
        element(&self.post("/element", &selector(css))?)
    }

    /// All elements that match, in the page's order.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn find_all(&self, css: &str) -> Result<Vec<Element>, Error> {
        let found = self.post("/elements", &selector(css))?;
        found.as_array().into_iter().flatten().map(element).collect()
    }

    /// Whether anything matches now.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn exists(&self, css: &str) -> Result<bool, Error> {
        Ok(!self.find_all(css)?.is_empty())
    }

    /// Clicks in the middle of it, scrolled into view first.
    ///
    /// # Errors
    /// When it is not there, or something lies over it.
    pub fn click(&self, css: &str) -> Result<(), Error> {
        self.on(css, "/click", &http::nothing())
    }

    /// Types into it, after what it holds already.
    ///
    /// # Errors
    /// When it is not there or takes no text.
    pub fn type_into(&self, css: &str, text: &str) -> Result<(), Error> {
        self.on(css, "/value", &json!({ "text": text }))
    }

    /// Empties a field.
    ///
    /// # Errors
    /// When it is not there or takes no text.
    pub fn clear(&self, css: &str) -> Result<(), Error> {
        self.on(css, "/clear", &http::nothing())
    }

    /// Its text as shown.
    ///
    /// # Errors
    /// When it is not there.
    pub fn text(&self, css: &str) -> Result<String, Error> {
        let Element(id) = self.find(css)?;
        Ok(words(&self.get(&format!("/element/{id}/text"))?))
    }

    /// Its whole text, also what does not fit on the screen; empty where it is not there.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn content(&self, css: &str) -> Result<String, Error> {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        Ok(words(&self.execute(script, &[Value::String(css.to_owned())])?))
    }

    /// The value of one of its attributes as written in the page, `None` where it has no such attribute.
    ///
    /// # Errors
    /// When it is not there.
    pub fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, Error> {
        let Element(id) = self.find(css)?;
        Ok(self.get(&format!("/element/{id}/attribute/{name}"))?.as_str().map(str::to_owned))
    }

    /// What a field holds now.
    ///
    /// # Errors
    /// When it is not there.
    pub fn value(&self, css: &str) -> Result<String, Error> {
        let Element(id) = self.find(css)?;
        Ok(words(&self.get(&format!("/element/{id}/property/value"))?))
    }

    /// Whether it can be used: neither `disabled` nor `aria-disabled`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn enabled(&self, css: &str) -> Result<bool, Error> {
        let Element(id) = self.find(css)?;
        let able = self.get(&format!("/element/{id}/enabled"))? == Value::Bool(true);
        let said = self.get(&format!("/element/{id}/attribute/aria-disabled"))?;
        Ok(able && said.as_str() != Some("true"))
    }

    /// Runs a script's body in the page and gives what it returns; `arguments` are its arguments.
    ///
    /// # Errors
    /// `javascript error` when it throws.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value, Error> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// The window's title as the page sets it.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn title(&self) -> Result<String, Error> {
        Ok(words(&self.get("/title")?))
    }

    /// Makes the window this large, in pixels.
    ///
    /// # Errors
    /// When the driver refuses or is gone.
    pub fn resize(&self, width: u32, height: u32) -> Result<(), Error> {
        self.post("/window/rect", &json!({ "width": width, "height": height })).map(drop)
    }

    /// Saves what the web view shows as a PNG file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn screenshot(&self, file: &Path) -> Result<(), Error> {
        let encoded = words(&self.get("/screenshot")?);
        let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim());
        let picture =
            decoded.map_err(|error| Error::Answer(format!("a picture that is not base64: {error}")))?;
        std::fs::write(file, picture).map_err(|error| Error::File(file.to_owned(), error))
    }

    /// Looks again and again until `look` gives something; `what` is for the message if it never does.
    ///
    /// # Errors
    /// [`Error::Deadline`] when it does not come within `patience`; at once what is not [passing](Error::is_passing).
    pub fn wait_until<T>(
        &self,
        what: &str,
        patience: Duration,
        mut look: impl FnMut(&Self) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + patience;
        loop {
            match look(self) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            if Instant::now() >= deadline {
                return Err(Error::Deadline(patience, what.to_owned()));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until something matches.
    ///
    /// # Errors
    /// [`Error::Deadline`] when nothing does within `patience`.
    pub fn wait_for(&self, css: &str, patience: Duration) -> Result<Element, Error> {
        self.wait_until(css, patience, |window| window.find(css).map(Some))
    }

    /// Waits until nothing matches any more.
    ///
    /// # Errors
    /// [`Error::Deadline`] when something still does after `patience`.
    pub fn wait_gone(&self, css: &str, patience: Duration) -> Result<(), Error> {
        let what = format!("{css} to go");
        self.wait_until(&what, patience, |window| Ok((!window.exists(css)?).then_some(())))
    }

    /// Waits until it can be used, then clicks it.
    ///
    /// # Errors
    /// [`Error::Deadline`] when it is not usable within `patience`.
    pub fn press(&self, css: &str, patience: Duration) -> Result<(), Error> {
        let what = format!("{css} to be usable");
        self.wait_until(&what, patience, |window| {
            if !window.enabled(css)? {
                return Ok(None);
            }
            window.click(css).map(Some)
        })
    }

    pub(super) fn end_session(&self) -> Result<(), Error> {
        self.http.delete(&format!("/session/{}", self.session), COMMAND).map(drop)
    }

    fn on(&self, css: &str, verb: &str, body: &Value) -> Result<(), Error> {
        let Element(id) = self.find(css)?;
        self.post(&format!("/element/{id}{verb}"), body).map(drop)
    }

    fn get(&self, path: &str) -> Result<Value, Error> {
        self.http.get(&format!("/session/{}{path}", self.session), COMMAND)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.http.post(&format!("/session/{}{path}", self.session), body, COMMAND)
    }
}

fn selector(css: &str) -> Value {
    json!({ "using": "css selector", "value": css })
}

fn element(found: &Value) -> Result<Element, Error> {
    let id = found.get(ELEMENT).and_then(Value::as_str);
    id.map(|id| Element(id.to_owned())).ok_or_else(|| Error::Answer(found.to_string()))
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
