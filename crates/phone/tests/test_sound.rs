//! *Test speakers* (AUDIO-1) in a whole phone, whose speaker is nobody's ear: the button is busy while the sound plays, and
//! no longer.

use sidetone_phone::view::AudioCommand;
use sidetone_phone::{Choice, Headless, Options, Phone};
use std::time::Duration;

#[test]
fn audio_1_the_test_of_the_speakers_is_shown_and_its_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        forget: true,
        bind: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        microphone: Some(Choice::Silence),
        speaker: Some(Choice::File(folder.path().join("heard.wav"))),
        headless: Some(Headless { auto_answer: false, follow_refers: false, direct: None }),
        ..Options::default()
    };
    let (phone, mut views) = Phone::start(options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        phone.audio(AudioCommand::TestSpeaker).await.unwrap();
        assert!(views.audio.borrow_and_update().testing);
        let over =
            tokio::time::timeout(Duration::from_secs(30), views.audio.wait_for(|shown| !shown.testing));
        assert!(over.await.is_ok(), "busy for good");
        phone.stop().await;
    });
}
