//! Speech in noise 5 dB below it: steady noise is suppressed (AUDIO-7), all noise is removed where that is wanted (CALL-4),
//! and the speech stays.

mod sound;

use sidetone_media::pcm::{BLOCK_SAMPLES, SILENCE};
use sidetone_media::process::{FarEnd, FarSettings, NearEnd, NearSettings};
use sound::{agent, babble, block, customer, db, mixed, ms, pink, power, white};

const LENGTH_MS: usize = 14_000;

fn near(settings: NearSettings, sound: &[f32]) -> Vec<f32> {
    let mut end = NearEnd::new();
    end.set(settings);
    through(sound, |block| end.process(block))
}

fn through(sound: &[f32], mut process: impl FnMut(&mut [f32; BLOCK_SAMPLES])) -> Vec<f32> {
    let mut out = Vec::with_capacity(sound.len());
    for n in 0..sound.len() / BLOCK_SAMPLES {
        let mut block = block(sound, n);
        process(&mut block);
        out.extend(block);
    }
    out
}

/// Segmental signal-to-noise ratio over blocks with speech in them, each within -10 and 35 dB (Hansen and Pellom).
fn segmental_snr_db(clean: &[f32], noisy: &[f32]) -> f32 {
    let (mut sum, mut count) = (0.0, 0);
    for (clean, noisy) in
        clean.as_chunks::<BLOCK_SAMPLES>().0.iter().zip(noisy.as_chunks::<BLOCK_SAMPLES>().0)
    {
        if db(power(clean)) > -45.0 {
            let error: Vec<f32> = clean.iter().zip(noisy).map(|(clean, noisy)| clean - noisy).collect();
            sum += (db(power(clean)) - db(power(&error))).clamp(-10.0, 35.0);
            count += 1;
        }
    }
    sum / count as f32
}

/// The level where `clean` pauses.
fn pauses_dbfs(clean: &[f32], sound: &[f32]) -> f32 {
    let blocks = clean.as_chunks::<BLOCK_SAMPLES>().0.iter().zip(sound.as_chunks::<BLOCK_SAMPLES>().0);
    let powers: Vec<f64> =
        blocks.filter(|(clean, _)| db(power(*clean)) < -60.0).map(|(_, sound)| power(sound)).collect();
    db(powers.iter().sum::<f64>() / powers.len() as f64)
}

/// White, pink and many voices, 5 dB below `speech`; by how much each must at least be better segmentally.
fn noises(speech: &[f32]) -> [(&'static str, Vec<f32>); 3] {
    [
        ("white", mixed(speech, &white(1, LENGTH_MS), 5.0)),
        ("pink", mixed(speech, &pink(2, LENGTH_MS), 5.0)),
        ("babble", mixed(speech, &babble(3, LENGTH_MS), 5.0)),
    ]
}

#[test]
fn call_4_what_the_agent_sends_is_freed_of_noise() {
    let clean = agent(LENGTH_MS);
    let removal = NearSettings { noise_removal: true, ..NearSettings::default() };
    for ((name, noisy), least) in noises(&clean).into_iter().zip([5.0, 3.0, 0.5]) {
        let removed = near(removal, &noisy);
        // The removal is 10 ms late.
        let (removed, later) = (&removed[ms(2_010)..], &clean[ms(2_000)..]);
        let before = segmental_snr_db(later, &noisy[ms(2_000)..]);
        let after = segmental_snr_db(later, removed);
        let quieter = pauses_dbfs(later, &noisy[ms(2_000)..]) - pauses_dbfs(later, removed);
        println!("{name}: segmental SNR {before:.1} -> {after:.1} dB, pauses quieter by {quieter:.1} dB");
        assert!(after - before >= least, "{name}: {before} dB before, {after} dB after");
    }
}

#[test]
fn call_4_what_the_agent_hears_is_freed_of_noise() {
    let clean = customer(LENGTH_MS);
    for ((name, noisy), least) in noises(&clean).into_iter().zip([5.0, 3.0, 0.5]) {
        let mut end = FarEnd::new();
        end.set(FarSettings { noise_removal: true, ..FarSettings::default() });
        let heard = through(&noisy, |block| {
            end.process(block, &SILENCE);
        });
        // The removal is 10 ms late, the limiter one.
        let before = segmental_snr_db(&clean[ms(2_000)..], &noisy[ms(2_000)..]);
        let after = segmental_snr_db(&clean[ms(2_000)..], &heard[ms(2_011)..]);
        println!("{name}: segmental SNR {before:.1} -> {after:.1} dB");
        assert!(after - before >= least, "{name}: {before} dB before, {after} dB after");
    }
}

#[test]
fn audio_7_steady_noise_is_suppressed_and_speech_is_not() {
    let clean = agent(LENGTH_MS);
    let suppression = NearSettings { noise_suppression: true, ..NearSettings::default() };
    let late = ms(7);
    for ((name, noisy), least) in noises(&clean).into_iter().zip([10.0, 10.0, 0.0]) {
        let suppressed = near(suppression, &noisy);
        let (from, later) = (ms(3_000), &clean[ms(3_000)..]);
        let quieter = pauses_dbfs(later, &noisy[from..]) - pauses_dbfs(later, &suppressed[from + late..]);
        println!("{name}: pauses quieter by {quieter:.1} dB");
        assert!(quieter >= least, "{name}: {quieter} dB");
    }
    let kept = db(power(&near(suppression, &clean)[ms(3_000)..])) - db(power(&clean[ms(3_000)..]));
    assert!(kept.abs() < 2.0, "speech without noise changed by {kept} dB");
}

#[test]
fn audio_7_a_quiet_agent_is_brought_up_and_a_loud_one_is_not_cut() {
    let gain = NearSettings { gain_control: true, ..NearSettings::default() };
    for (level, least, most) in [(-45.0, -34.0, -15.0), (-26.0, -30.0, -15.0), (-12.0, -22.0, -8.0)] {
        let mut said = agent(20_000);
        sound::set_level(&mut said, level);
        let sent = near(gain, &said);
        let after = sound::active_dbfs(&sent[ms(10_000)..]);
        let clipped = sent.iter().filter(|sample| sample.abs() >= 0.999).count();
        println!("{level} -> {after:.1} dBFS, {clipped} samples at full scale");
        assert!((least..most).contains(&after), "{level} dBFS became {after}");
        assert!(clipped * 1_000 < sent.len(), "{clipped} samples are cut");
    }
}
