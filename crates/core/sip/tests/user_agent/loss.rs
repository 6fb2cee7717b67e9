//! Bad networks: a third of everything lost, repeated and reordered, and calls still come to what was meant.

use crate::kit::{CALLEE, CALLER, Net, agent, untimed};
use sidetone_sim::Link;
use sidetone_sip::{
    Config,
    api::{Command, EndCause, Event},
};
use std::time::Duration;

#[test]
fn with_30_percent_lost_both_ways_calls_complete() {
    for seed in 0..40 {
        let mut net = Net::of(vec![agent(Config::default(), 1), agent(Config::default(), 2)], seed);
        net.world.set_links(Link {
            loss: 0.3,
            jitter: Duration::from_millis(40),
            duplication: 0.1,
            ..Link::default()
        });
        let (ours, theirs) = net.connected();
        net.command(CALLER, Command::Offer { call: ours, sdp: "hold".into() });
        net.expect(CALLEE, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
        net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "held".into() });
        net.expect(CALLER, "OfferAnswered", |e| matches!(e, Event::OfferAnswered { .. }).then_some(()));
        net.world.run_for(Duration::from_secs(40));
        net.command(CALLEE, Command::Hangup { call: theirs });
        assert_eq!(net.ended(CALLEE), EndCause::Local);
        assert_eq!(net.ended(CALLER), EndCause::Remote);
        net.quiet();
    }
}

#[test]
fn with_30_percent_lost_early_media_arrives_and_changes() {
    for seed in 0..40 {
        let mut net = Net::of(vec![agent(untimed(), 1), agent(untimed(), 2)], seed);
        let link = Link { loss: 0.3, jitter: Duration::from_millis(40), duplication: 0.1, ..Link::default() };
        net.world.set_links(link);
        let ours = net.call();
        let theirs = net.incoming(CALLEE);
        net.command(CALLEE, Command::Ring { call: theirs });
        net.command(CALLEE, Command::EarlyMedia { call: theirs, sdp: "early".into() });
        net.expect(CALLER, "183", |e| {
            matches!(e, Event::Progress { code: 183, sdp: Some(_), .. }).then_some(())
        });
        net.command(CALLER, Command::Offer { call: ours, sdp: "change".into() });
        net.expect(CALLEE, "OfferReceived", |e| matches!(e, Event::OfferReceived { .. }).then_some(()));
        net.command(CALLEE, Command::AnswerOffer { call: theirs, sdp: "changed".into() });
        net.expect(CALLER, "OfferAnswered", |e| matches!(e, Event::OfferAnswered { .. }).then_some(()));
        net.command(CALLEE, Command::Answer { call: theirs, sdp: "changed".into() });
        net.expect(CALLER, "Answered", |e| {
            matches!(e, Event::Answered { sdp, .. } if sdp == "changed").then_some(())
        });
        net.expect(CALLEE, "Confirmed", |e| matches!(e, Event::Confirmed { .. }).then_some(()));
        net.world.run_for(Duration::from_secs(40));
        net.command(CALLEE, Command::Hangup { call: theirs });
        assert_eq!(net.ended(CALLEE), EndCause::Local);
        assert_eq!(net.ended(CALLER), EndCause::Remote);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut net = Net::of(vec![agent(Config::default(), 1), agent(Config::default(), 2)], 7);
        net.world.set_links(Link { loss: 0.3, jitter: Duration::from_millis(40), ..Link::default() });
        net.connected();
        net.world.run_for(Duration::from_secs(60));
        net.ladder().to_string()
    };
    assert_eq!(run(), run());
}
