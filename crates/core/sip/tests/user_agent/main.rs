//! A whole user agent against another, or against bytes written by hand, in virtual time. The SIP ladder is printed
//! when a test fails.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests are told with is a test, too")]

mod about;
mod accounts;
mod anonymous;
mod calls;
mod cancel;
mod changes;
mod digits;
mod early_media;
mod failover;
mod flood;
mod forks;
mod hour;
mod joins;
mod keep_alive;
mod kit;
mod large;
mod late_offer;
mod locating;
mod loss;
mod messages;
mod network_change;
mod paths;
mod peer;
mod privacy;
mod property;
mod publications;
mod redirects;
mod refer_received;
mod refusals;
mod register;
mod registrar;
mod registration_property;
mod reliable_provisionals;
mod replaces;
mod resume;
mod session_timers;
mod subscription_ends;
mod subscriptions;
mod talk;
mod talk_and_hold;
mod torture;
mod transfers;
mod updates;
mod watching;
