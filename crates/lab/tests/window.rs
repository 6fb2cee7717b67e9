//! The virtual display and the WebDriver client, tried on a web view that is not ours: WebKitGTK's own MiniBrowser.
#![cfg(target_os = "linux")]

use sidetone_lab::display::Display;
use sidetone_lab::webdriver::{App, Driven, Error};
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);
const PAGE: &str = "data:text/html,<title>lab</title><input id=field><button id=go \
    onclick=\"setTimeout(()=>{document.body.append(Object.assign(document.createElement('p'),\
    {id:'said',textContent:field.value}))},100)\">Go</button><button id=not disabled>Not</button>";

/// Where Debian and Fedora put it: with the WebKitGTK library, which every build of the window needs.
fn mini_browser() -> Option<PathBuf> {
    let folders =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/libexec", "/usr/lib"];
    let mut files = folders.iter().map(|folder| Path::new(folder).join("webkit2gtk-4.1/MiniBrowser"));
    files.find(|file| file.is_file())
}

#[test]
fn a_page_is_found_typed_into_clicked_and_pictured() {
    let Some(browser) = mini_browser() else {
        assert!(
            !Path::new("/etc/debian_version").exists(),
            "Debian's libwebkit2gtk-4.1-0 brings MiniBrowser"
        );
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let mut display = Display::start(900, 700).unwrap();
    display.manage().unwrap();
    let app = App::new(browser).arg("--automation");
    let window = Driven::start(&app, &display, &scratch.path().join("driver.log")).unwrap();

    window.go(PAGE).unwrap();
    assert_eq!(window.title().unwrap(), "lab");
    window.type_into("#field", "grüß").unwrap();
    assert_eq!(window.value("#field").unwrap(), "grüß");
    window.press("#go", PATIENCE).unwrap();
    window.wait_for("#said", PATIENCE).unwrap();
    assert_eq!(window.text("#said").unwrap(), "grüß");
    assert_eq!(window.attribute("#said", "id").unwrap().as_deref(), Some("said"));
    assert!(!window.enabled("#not").unwrap());
    assert_eq!(window.execute("return arguments[0] + 1", &[41.into()]).unwrap(), 42);

    window.reload().unwrap();
    window.wait_gone("#said", PATIENCE).unwrap();
    let missing = window.find("#said").unwrap_err();
    assert!(missing.is_passing(), "{missing}");
    let late = window.press("#not", Duration::from_millis(200)).unwrap_err();
    assert!(matches!(late, Error::Deadline(..)), "{late}");

    let (page, screen) = (scratch.path().join("page.png"), scratch.path().join("screen.png"));
    window.screenshot(&page).unwrap();
    display.screenshot(&screen).unwrap();
    for picture in [page, screen] {
        assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"), "{picture:?}");
    }
    window.close().unwrap();
}

#[test]
fn two_displays_do_not_meet() {
    let (one, two) = (Display::start(100, 100).unwrap(), Display::start(100, 100).unwrap());
    assert_ne!(one.name(), two.name());
}
