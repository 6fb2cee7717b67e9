//! The phone: owns the cores and the edges, and the only event loop.
