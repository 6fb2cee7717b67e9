//! SESSION: signing in and out, banners and tracking ids.

use crate::rig::{Rig, deeds, ended, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{ActionView, BannerKind, PhaseView, SessionView, StateLabel, TroubleKind, Why};
use sidetone_desk::{Config, EndCause, Error, LegId, Output, RejectReason, Update};

fn sign_out(rig: &Rig) -> ActionView {
    match rig.view().session {
        SessionView::SignedIn { sign_out, .. } => sign_out,
        other => panic!("{other:?}"),
    }
}

fn unreachable() -> TroubleKind {
    TroubleKind::Unreachable { server: "pbx.example.org".into() }
}

#[test]
fn session_1_signs_in_step_by_step() {
    let mut rig = Rig::signed_out(Config::default());
    assert_eq!(rig.view().session, SessionView::SignedOut { trouble: None });
    rig.say(Update::SigningIn { account: "ada".into(), practice: true });
    assert_eq!(rig.view().session, SessionView::SigningIn { account: "ada".into(), practice: true });
    assert_eq!(rig.label(), StateLabel::SignedOut);
    rig.say(Update::SignedIn { account: "ada".into(), practice: true });
    let sign_out = ActionView::Ready;
    assert_eq!(rig.view().session, SessionView::SignedIn { account: "ada".into(), practice: true, sign_out });
    assert_eq!(rig.label(), StateLabel::Idle { code: None });
    let before = rig.view();
    assert_eq!(rig.say(Update::SignedIn { account: "ada".into(), practice: true }), vec![]);
    assert_eq!(rig.view(), before);
}

#[test]
fn session_1_a_failed_try_says_why_with_an_id_that_the_log_has() {
    let mut rig = Rig::signed_out(Config::default());
    rig.say(Update::SigningIn { account: "ada".into(), practice: false });
    let outputs = rig.say(Update::SignInFailed(TroubleKind::WrongPassword));
    let SessionView::SignedOut { trouble: Some(trouble) } = rig.view().session else { panic!("signed out") };
    assert_eq!(trouble.what, TroubleKind::WrongPassword);
    assert_eq!(
        outputs,
        vec![Output::Log { tracking: trouble.tracking, trouble: TroubleKind::WrongPassword }]
    );
    assert_eq!(rig.say(Update::SignInFailed(TroubleKind::WrongPassword)), vec![]);
}

#[test]
fn session_7_the_session_taken_elsewhere_gives_offers_back_and_keeps_the_call() {
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    let outputs = rig.say(Update::SignedOut);
    assert_eq!(rows(&outputs).len(), 1);
    let reject = Output::Reject { leg: LegId::Incoming(1), reason: RejectReason::NotReady };
    assert_eq!(deeds(outputs), vec![reject, Output::StopRinging]);
    assert_eq!(rig.label(), StateLabel::SignedOut);

    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.say(Update::SignedOut);
    assert_eq!((rig.phase(contact), rig.label()), (PhaseView::Connected, StateLabel::Engaged));
    rig.want(Command::End { contact });
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.label(), StateLabel::SignedOut);
}

#[test]
fn session_8_sign_out_says_what_is_in_the_way() {
    let mut rig = Rig::available(Config::default());
    let blocked = |rig: &mut Rig, why: Why| {
        assert_eq!(sign_out(rig), ActionView::Blocked { why: why.clone() });
        assert_eq!(rig.refused(Command::SignOut), Error::Blocked { why });
    };
    let contact = rig.offered(1);
    blocked(&mut rig, Why::OfferOnScreen);
    rig.want(Command::Accept { contact });
    blocked(&mut rig, Why::ContactActive);
    rig.say(Update::Connected { leg: LegId::Incoming(1) });
    rig.say(ended(1, EndCause::Party));
    blocked(&mut rig, Why::WrapUpPending);
    rig.want(Command::SubmitWrapUp { contact });
    assert_eq!(rig.want(Command::SignOut), vec![Output::SignOut]);
    assert_eq!(sign_out(&rig), ActionView::Busy);
    let refused = deeds(rig.say(Update::Offer(crate::rig::offer(2))));
    assert_eq!(refused, vec![Output::Reject { leg: LegId::Incoming(2), reason: RejectReason::NotReady }]);
    rig.say(Update::SignedOut);
    assert_eq!(rig.view().session, SessionView::SignedOut { trouble: None });
}

#[test]
fn session_9_a_banner_stays_until_it_works_again() {
    let mut rig = Rig::available(Config::default());
    rig.say(Update::RegistrationLost(unreachable()));
    let since = rig.wall();
    rig.seconds(5);
    assert_eq!(rig.say(Update::RegistrationLost(unreachable())), vec![], "the same loss is logged once");
    rig.say(Update::Devices { microphone: false, speaker: false });
    rig.say(Update::StoreFailed(TroubleKind::Other { detail: "disk full".into() }));
    let banners = rig.view().banners;
    assert!(matches!(banners[0].what, BannerKind::RegistrationLost { .. }) && banners[0].since == since);
    assert_eq!((&banners[1].what, &banners[2].what), (&BannerKind::NoMicrophone, &BannerKind::NoSpeaker));
    assert!(matches!(banners[3].what, BannerKind::StoreUnavailable { .. }));
    assert_eq!(rig.label(), StateLabel::Available, "a lost server changes no state");
    rig.say(Update::RegistrationBack);
    rig.say(Update::Devices { microphone: true, speaker: true });
    rig.say(Update::StoreBack);
    assert_eq!(rig.view().banners, vec![]);
}

#[test]
fn session_9_the_running_call_outlives_the_server() {
    let mut rig = Rig::available(Config::default());
    let contact = rig.talking(1);
    rig.say(Update::RegistrationLost(unreachable()));
    rig.want(Command::Hold { contact });
    assert!(matches!(rig.phase(contact), PhaseView::OnHold { .. }));
}

#[test]
fn session_10_tracking_ids_come_from_the_seed_and_differ() {
    let ids = || {
        let mut rig = Rig::available(Config::default());
        let mut ids = Vec::new();
        for code in 400..440 {
            let outputs = rig.say(Update::RegistrationLost(TroubleKind::Refused { code }));
            let [Output::Log { tracking, .. }] = outputs.as_slice() else { panic!("{outputs:?}") };
            ids.push(tracking.0.clone());
        }
        ids
    };
    let (one, again) = (ids(), ids());
    assert_eq!(one, again);
    assert!(one.iter().all(|id| id.len() == 4 && id.chars().all(|c| c.is_ascii_alphanumeric())));
    assert_eq!(one.iter().collect::<std::collections::BTreeSet<_>>().len(), one.len());
}

#[test]
fn session_9_notices_are_bounded_and_can_be_put_away() {
    let mut rig = Rig::available(Config::default());
    for leg in 0..50 {
        rig.offered(leg);
        rig.say(ended(leg, EndCause::Abandoned));
    }
    let notices = rig.view().notices;
    assert_eq!(notices.len(), 20);
    rig.want(Command::Dismiss { notice: notices[0].id });
    assert_eq!(rig.view().notices, notices[1..]);
    rig.want(Command::Dismiss { notice: notices[0].id });
}

#[test]
fn call_11_a_volume_too_low_to_work_is_told_during_a_call() {
    let mut rig = Rig::available(Config::default());
    let told = |rig: &Rig| rig.view().banners.into_iter().map(|banner| banner.what).collect::<Vec<_>>();
    rig.say(Update::Volumes { microphone_low: true, speaker_low: true });
    assert_eq!(told(&rig), [], "nobody needs them now");
    rig.talking(1);
    assert_eq!(told(&rig), [BannerKind::MicrophoneLow, BannerKind::SpeakerLow]);
    rig.say(Update::Devices { microphone: false, speaker: true });
    assert_eq!(told(&rig), [BannerKind::NoMicrophone, BannerKind::SpeakerLow], "there is none to turn up");
    rig.say(Update::Volumes { microphone_low: true, speaker_low: false });
    assert_eq!(told(&rig), [BannerKind::NoMicrophone]);
}
