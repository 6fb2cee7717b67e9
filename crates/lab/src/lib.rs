//! For tests and demos: virtual headsets, a virtual display, WebDriver, and ears that compare recordings.
