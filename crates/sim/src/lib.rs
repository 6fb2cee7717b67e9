//! For tests: a world with a virtual clock and seeded lossy links, and SIP ladders.
