//! How a call sounds, as it is shown: figures, a grade, and what is wrong in a word that the window makes a sentence of.

use crate::view::crossing;

crossing! {
    /// How a call sounds, once a second. What can be counted is counted over the last seconds.
    pub struct QualityView {
        /// Packets that did not arrive or came too late, in percent.
        pub loss_percent: f32,
        /// Packets of ours that did not arrive there, in percent, where the other side reports.
        pub remote_loss_percent: Option<f32>,
        /// Interarrival jitter in milliseconds (RFC 3550 section 6.4.1).
        pub jitter_ms: f32,
        /// Round trip in milliseconds, where the other side reports.
        pub round_trip_ms: Option<f32>,
        /// From their mouth to the agent's ear, in milliseconds, where it is known.
        pub delay_ms: Option<f32>,
        /// How long sound waits in the jitter buffer, in milliseconds.
        pub buffer_ms: f32,
        /// How many of 5 points people would give (ITU-T G.107), once something was heard.
        pub mos: Option<f32>,
        /// Good, fair or bad, for the bars.
        pub grade: Grade,
        /// The codec's name, for example `opus`.
        pub codec: String,
        /// Whether packets arrive at all.
        pub receiving: bool,
        /// What is wrong.
        pub problem: Option<SoundProblem>,
    }

    /// Link quality at a glance.
    pub enum Grade {
        /// Nothing to notice.
        Good,
        /// Noticed.
        Fair,
        /// In the way.
        Bad,
    }

    /// What is wrong with how a call sounds.
    #[derive(Copy, Eq)]
    pub enum SoundProblem {
        /// The network lets no sound through.
        NoWay,
        /// The other side does not get our sound.
        NotReached,
        /// Nothing arrives from the other side.
        NothingArrives,
        /// The microphone gives silence though it is not muted.
        MicrophoneSilent,
        /// This computer does not keep up.
        ComputerBusy,
        /// Packets are lost on the way here, and this computer is on a wireless network.
        WirelessDrops,
        /// Packets are lost on the way here.
        NetworkDrops,
        /// Packets are lost on the way to the other side.
        PathDrops,
        /// Packets come unevenly.
        Jitter,
        /// Sound takes long to get through.
        Delay,
        /// What arrives is silence.
        FarSilent,
    }

    /// How a call sounded over all.
    pub struct SoundSummary {
        /// The codec's name.
        pub codec: String,
        /// How many of 5 points people would give, where anything was heard.
        pub mos: Option<f32>,
        /// Packets that did not arrive or came too late, in percent.
        pub loss_percent: f32,
        /// Packets of ours that did not arrive there, in percent, where the other side reported.
        pub remote_loss_percent: Option<f32>,
        /// Mean interarrival jitter in milliseconds.
        pub jitter_ms: f32,
        /// Mean round trip in milliseconds, where the other side reported.
        pub round_trip_ms: Option<f32>,
        /// Mean delay from mouth to ear in milliseconds, where it was known.
        pub delay_ms: Option<f32>,
        /// What was wrong for longest.
        pub problem: Option<SoundProblem>,
        /// For how many seconds.
        pub problem_s: u32,
    }
}
