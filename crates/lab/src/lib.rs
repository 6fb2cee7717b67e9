//! For tests and demos: virtual headsets, a virtual display, WebDriver, and ears that compare recordings.

pub mod display;
pub mod process;
pub mod webdriver;
