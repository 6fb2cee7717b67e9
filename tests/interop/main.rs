//! Other people's software against `sidetone-cli`: baresip, a phone that nobody here wrote, and sipp, which says exactly
//! what a scenario tells it to. A stack that only talks to itself hides mirrored mistakes.
//!
//! The programs are real and so are the sockets (loopback only) and the clock. Nothing here sleeps: every wait is for
//! an event, with a deadline. A failing test prints the log of every program that took part.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod a_conference;
mod a_crash_in_a_call;
mod a_greeting;
mod a_recording;
mod baresip_calls_us;
mod baresip_holds_and_sends_digits;
mod behind_nats;
mod calls_that_do_not_come_about;
mod failing_over;
mod finding_a_way;
mod floods;
mod over_a_bad_network;
mod over_tls;
mod protected;
mod registering;
mod rig;
mod sipp_calls_us;
mod through_kamailio;
mod through_rtpengine;
mod transfers;
mod watching_through_kamailio;
mod we_call_baresip;
mod we_call_sipp;
mod with_processing;
