//! One call's offers and answers, in order: who offered what, and what came of it (RFC 3264).
//!
//! Keeps what must not change in a call: the origin's id, the order of streams, the numbers of payload types.

use super::{
    Config, Direction, OpusWishes, Payload, PayloadTypes, Plan, Protection, SdpError, TelephoneEvent,
    describe, ice,
    read::{self, Format, Kind, Line, Stream},
    security::{Keying, Places},
};
use crate::{
    codec::Codec,
    ice::{Candidate, Way},
    noise,
};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{net::SocketAddr, time::Duration};

/// What we prefer when the number is ours to choose.
const EVENT_NUMBERS: [(u32, u8); 2] = [(8_000, 101), (48_000, 102)];

/// The negotiation of one call, from its first offer to its end.
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
    id: u64,
    version: u64,
    /// What we said last; the version counts its changes.
    said: Option<Said>,
    /// Every `m=` line of the call; the position of the one we use.
    lines: Vec<Line>,
    audio: usize,
    /// Payload types once used keep their meaning (RFC 3264 section 8.3.2).
    numbers: Vec<Format>,
    /// The direction and the formats of our offer. An answer may come twice (183, then 200), so it stays.
    offered: Option<(Direction, Vec<Format>)>,
    keying: Keying,
    ice: ice::Ours,
}

/// A description of ours: where we are, and its streams with their keys and passwords.
#[derive(PartialEq)]
struct Said(SocketAddr, Vec<sdp_types::Media>);

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said(_)")
    }
}

impl Negotiation {
    /// Nothing said yet. The seed makes the origin's id and our keys: it must be unpredictable, and another for every
    /// call.
    pub fn new(config: Config, seed: [u8; 32]) -> Negotiation {
        let mut rng = StdRng::from_seed(seed);
        // 31 bits: some parsers keep it in a signed integer.
        let id = u64::from(rng.random::<u32>() >> 1);
        let ice = ice::Ours::new(config.candidates.clone(), rng.random());
        let keying = Keying::new(config.security.clone(), rng);
        let line = Line { media: "audio".into(), proto: keying.proto().into(), fmt: String::new() };
        Negotiation {
            config,
            id,
            version: id,
            said: None,
            lines: vec![line],
            audio: 0,
            numbers: Vec::new(),
            offered: None,
            keying,
            ice,
        }
    }

    /// What we bring.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Moves our sockets, for the next offer or answer (a network change). ICE restarts with what was gathered there.
    pub fn set_local(&mut self, rtp: SocketAddr, rtcp_port: u16, candidates: Option<Vec<Candidate>>) {
        self.config.rtp = rtp;
        self.config.rtcp_port = rtcp_port;
        self.ice.restart(candidates);
    }

    /// Somebody else is there from here on: a call that takes this one's place (RFC 3891). What they are told are keys
    /// that the one before does not know.
    pub fn meet_another(&mut self) {
        self.keying.meet_another();
    }

    /// Whether both speak ICE, as far as it is known.
    pub const fn speaks_ice(&self) -> bool {
        self.ice.is_agreed()
    }

    /// These ways were found (ICE). `true`: the other side should hear of them by another offer.
    pub fn found(&mut self, ways: Vec<Way>) -> bool {
        self.ice.found(ways);
        self.ice.should_tell(self.config.rtp)
    }

    /// Our offer: all our codecs. Hold is [`Direction::SendOnly`], resume [`Direction::SendRecv`].
    pub fn offer(&mut self, direction: Direction) -> Bytes {
        let formats = self.our_formats();
        let proto = &self.lines[self.audio].proto;
        let security = self.keying.offer(proto, self.ice.place(self.config.rtp));
        let mut media = describe::audio(&describe::Ours {
            config: &self.config,
            formats: &formats,
            proto,
            direction,
            rtcp_mux: true,
            security,
            extended_reports: true,
        });
        self.ice.describe(&mut media);
        self.offered = Some((direction, formats));
        self.say(media)
    }

    /// They refused our first offer as it was (RFC 3261 section 21.4.26): the same, protected otherwise, or at last not at
    /// all, as the policy allows. `None`: it allows nothing else.
    pub fn offer_otherwise(&mut self) -> Option<Bytes> {
        let (direction, _) = self.offered.as_ref()?;
        let direction = *direction;
        self.keying.try_otherwise().then(|| {
            self.lines[self.audio].proto = self.keying.proto().into();
            self.offer(direction)
        })
    }

    /// Answers their offer. `direction` is what we want; the answer says what of it their offer allows
    /// (RFC 3264 section 6.1). An offer of ours that is still open is forgotten: glare is settled by SIP.
    ///
    /// # Errors
    /// Nothing changes in the negotiation then, and the call may go on as it was.
    pub fn answer(&mut self, offer: &[u8], direction: Direction) -> Result<(Bytes, Plan), SdpError> {
        let streams = read::read(offer)?;
        let (index, codec) = self.choose(&streams)?;
        let theirs = &streams[index];
        let event = event_format(&theirs.formats, codec.1);
        let mut formats = vec![Format { payload_type: codec.0, kind: Kind::Audio(codec.1) }];
        formats.extend(event);
        formats.extend(self.noise_format(&theirs.formats, codec.1));
        let event = event.map(|event| (event, event));
        let mut plan = self.plan(theirs, codec, payloads(&formats), event, direction)?;
        let places = Places { ours: self.ice.answers_from(theirs, self.config.rtp), theirs: plan.remote_rtp };
        let agreed = self.keying.answer(&theirs.security, places)?;
        plan.protection = agreed.protection;
        plan.ice = self.ice.agree(theirs, false);

        self.lines = streams.iter().map(|stream| stream.line.clone()).collect();
        self.audio = index;
        self.offered = None;
        theirs.formats.iter().for_each(|format| self.learn(*format));
        let mut media = describe::audio(&describe::Ours {
            config: &self.config,
            formats: &formats,
            proto: &theirs.line.proto,
            direction: plan.direction,
            rtcp_mux: plan.rtcp_mux,
            security: agreed.attributes,
            extended_reports: theirs.extended_reports.is_some(),
        });
        self.ice.describe_answer(theirs, &mut media);
        Ok((self.say(media), plan))
    }

    /// Takes the answer to our last [`offer`](Self::offer). May be called again for the same offer: an answer in a 183
    /// is repeated in the 200.
    ///
    /// # Errors
    /// Nothing changes then; what was agreed before goes on.
    pub fn accept_answer(&mut self, answer: &[u8]) -> Result<Plan, SdpError> {
        let (direction, ours) = self.offered.clone().ok_or(SdpError::NoOffer)?;
        let streams = read::read(answer)?;
        let theirs = streams.get(self.audio).ok_or(SdpError::NoAudio)?;
        if !theirs.is_audio() {
            return Err(SdpError::NoAudio);
        }
        if theirs.port == 0 {
            return Err(SdpError::Refused);
        }
        let offered = |codec: Codec| ours.iter().any(|f| f.kind == Kind::Audio(codec));
        let codec = theirs.codecs().find(|(_, codec)| offered(*codec)).ok_or(SdpError::NoCommonCodec)?;
        let event = event_format(&theirs.formats, codec.1)
            .and_then(|event| Some((event, *ours.iter().find(|format| format.kind == event.kind)?)));
        let mut plan = self.plan(theirs, codec, payloads(&ours), event, direction)?;
        let proto = &self.lines[self.audio].proto;
        plan.protection = self.keying.accept(proto, &theirs.security, plan.remote_rtp)?;
        plan.ice = self.ice.agree(theirs, true);
        Ok(plan)
    }

    /// Our offer was refused: what was agreed before goes on.
    pub fn withdraw_offer(&mut self) {
        self.offered = None;
    }

    /// The first usable stream of those that are protected best, and our best codec in it.
    fn choose(&self, streams: &[Stream]) -> Result<(usize, (u8, Codec)), SdpError> {
        let sound = || streams.iter().enumerate().filter(|(_, stream)| stream.is_audio() && stream.port != 0);
        let mut audio: Vec<_> = sound()
            .filter_map(|(index, stream)| Some((self.keying.rank(&stream.security)?, index, stream)))
            .collect();
        audio.sort_by_key(|(rank, index, _)| (*rank, *index));
        if audio.is_empty() {
            return Err(if sound().next().is_some() { SdpError::Protection } else { SdpError::NoAudio });
        }
        for (_, index, stream) in audio {
            let best = self.config.codecs.iter().find_map(|ours| stream.codecs().find(|(_, c)| c == ours));
            if let Some(codec) = best {
                return Ok((index, codec));
            }
        }
        Err(SdpError::NoCommonCodec)
    }

    fn plan(
        &self,
        theirs: &Stream,
        codec: (u8, Codec),
        receive: Vec<(u8, Payload)>,
        event: Option<(Format, Format)>,
        wanted: Direction,
    ) -> Result<Plan, SdpError> {
        let ip = theirs.address.filter(|ip| !ip.is_multicast()).ok_or(SdpError::NoAddress)?;
        let remote_rtp = SocketAddr::new(ip, theirs.port);
        let remote_rtcp = if theirs.rtcp_mux { remote_rtp } else { theirs.rtcp.unwrap_or(remote_rtp) };
        Ok(Plan {
            remote_rtp,
            remote_rtcp,
            rtcp_mux: theirs.rtcp_mux,
            extended_reports: theirs.extended_reports.unwrap_or_default(),
            codec: codec.1,
            send: PayloadTypes {
                speech: codec.0,
                noise: self.noise_format(&theirs.formats, codec.1).map(|noise| noise.payload_type),
            },
            receive,
            opus: if codec.1 == Codec::Opus {
                theirs.opus.within(self.config.opus)
            } else {
                OpusWishes::default()
            },
            telephone_event: event.and_then(|(theirs, ours)| telephone_event(theirs, ours)),
            direction: wanted.and(theirs.direction.reversed()),
            their_direction: theirs.direction,
            ptime: ptime(theirs, self.config.ptime),
            protection: Protection::Open,
            ice: None,
        })
    }

    fn say(&mut self, audio: sdp_types::Media) -> Bytes {
        let mut audio = Some(audio);
        let medias: Vec<_> = (self.lines.iter().enumerate())
            .map(|(index, line)| match index == self.audio {
                true => audio.take().unwrap_or_else(|| describe::refused(line)),
                false => describe::refused(line),
            })
            .collect();
        let saying = Said(self.config.rtp, medias.clone());
        if self.said.as_ref().is_some_and(|said| *said != saying) {
            self.version += 1;
        }
        self.said = Some(saying);
        describe::session(self.id, self.version, &self.config, medias)
    }

    fn our_formats(&mut self) -> Vec<Format> {
        let codecs = self.config.codecs.clone();
        let mut kinds: Vec<(Kind, u8)> = codecs.iter().map(|c| (Kind::Audio(*c), c.payload_type())).collect();
        if self.config.comfort_noise && codecs.iter().any(|codec| codec.clock_rate().hz() == noise::CLOCK_HZ)
        {
            kinds.push((Kind::ComfortNoise, noise::PAYLOAD_TYPE));
        }
        for (clock, number) in EVENT_NUMBERS {
            if codecs.iter().any(|codec| codec.clock_rate().hz() == clock) {
                kinds.push((Kind::TelephoneEvent(clock), number));
            }
        }
        kinds.into_iter().map(|(kind, preferred)| self.number(kind, preferred)).collect()
    }

    /// Their comfort noise, where we want it and the codec has none of its own.
    fn noise_format(&self, formats: &[Format], codec: Codec) -> Option<Format> {
        let fits = self.config.comfort_noise && codec.clock_rate().hz() == noise::CLOCK_HZ;
        formats.iter().find(|format| fits && format.kind == Kind::ComfortNoise).copied()
    }

    /// The number that this kind has in this call.
    fn number(&mut self, kind: Kind, preferred: u8) -> Format {
        if let Some(known) = self.numbers.iter().find(|format| format.kind == kind) {
            return *known;
        }
        let free = |number: &u8| !self.numbers.iter().any(|format| format.payload_type == *number);
        let payload_type = Some(preferred).filter(free).or_else(|| (96..128).find(free)).unwrap_or(preferred);
        let format = Format { payload_type, kind };
        self.numbers.push(format);
        format
    }

    /// Their numbers count before ours.
    fn learn(&mut self, format: Format) {
        self.numbers.retain(|known| known.payload_type != format.payload_type && known.kind != format.kind);
        self.numbers.push(format);
    }
}

/// Their telephone-event for this codec: with its clock where there is one (RFC 4733 section 2.1), else the classic.
fn event_format(formats: &[Format], codec: Codec) -> Option<Format> {
    let with = |clock: u32| formats.iter().find(|f| f.kind == Kind::TelephoneEvent(clock)).copied();
    with(codec.clock_rate().hz()).or_else(|| with(8_000))
}

fn telephone_event(theirs: Format, ours: Format) -> Option<TelephoneEvent> {
    match theirs.kind {
        Kind::TelephoneEvent(clock_rate) => Some(TelephoneEvent {
            send_payload_type: theirs.payload_type,
            receive_payload_type: ours.payload_type,
            clock_rate,
        }),
        Kind::Audio(_) | Kind::ComfortNoise => None,
    }
}

/// What may come under these.
fn payloads(formats: &[Format]) -> Vec<(u8, Payload)> {
    let payload = |format: &Format| match format.kind {
        Kind::Audio(codec) => Some((format.payload_type, Payload::Speech(codec))),
        Kind::ComfortNoise => Some((format.payload_type, Payload::Noise)),
        Kind::TelephoneEvent(_) => None,
    };
    formats.iter().filter_map(payload).collect()
}

/// Their wish, else ours; never more than their most; 10 to 60 ms in steps of 10.
fn ptime(theirs: &Stream, ours: Duration) -> Duration {
    let wish = theirs.ptime.unwrap_or(ours);
    let most = theirs.max_ptime.unwrap_or(Duration::from_millis(60));
    let tens = wish.min(most).as_millis().clamp(10, 60) / 10;
    Duration::from_millis(10 * u64::try_from(tens).unwrap_or(2))
}
