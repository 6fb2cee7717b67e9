//! For tests and demos: virtual headsets, bad networks, a virtual display, WebDriver, and ears that compare
//! recordings.

pub mod agent;
pub mod bus;
pub mod display;
pub mod ears;
pub mod flood;
pub mod headset;
pub mod impair;
pub mod packets;
pub mod process;
pub mod recorder;
pub mod stage;
pub mod webdriver;
