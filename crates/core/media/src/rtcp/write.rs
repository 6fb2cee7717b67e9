//! Writes our compound packets (RFC 3550 section 6.1): a report, then who we are, then more about what we hear where that
//! was asked for (RFC 3611), then maybe goodbye.

use super::{clock, xr::VoipMetrics};
use bytes::Bytes;
use rtcp_types::{
    Bye, Compound, CompoundBuilder, DelaySinceLastReceiverReport, DelaySinceLastReceiverReportBlock,
    ReceiverReferenceTime, ReceiverReport, ReportBlock, ReportBlockBuilder, Sdes, SdesChunk, SdesItem,
    SenderReport, Xr, prelude::RtcpPacketWriterExt,
};
use std::time::Duration;

/// SDES item CNAME (RFC 3550 section 6.5.1).
const CNAME: u8 = 1;

/// What we say about ourselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) ssrc: u32,
    pub(crate) cname: &'a str,
    /// NTP and RTP timestamp of one moment, packets and bytes so far; `None` where we sent nothing lately.
    pub(crate) sent: Option<(u64, u32, u32, u32)>,
    pub(crate) about: Option<About>,
    pub(crate) extended: Extended,
}

/// What goes into an extended report; nothing: there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Extended {
    /// This moment, for who wants to tell us when it was (RFC 3611 section 4.4).
    pub(crate) reference: Option<u64>,
    /// Whose moment we heard of, which it was, and how long ago (section 4.5).
    pub(crate) heard: Option<(u32, u32, Duration)>,
    /// How it sounds here (section 4.7).
    pub(crate) metrics: Option<VoipMetrics>,
}

/// What we say about what we hear.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) cumulative_lost: u32,
    pub(crate) extended_highest: u32,
    pub(crate) jitter: u32,
    /// Their last report's time, and how long ago it came.
    pub(crate) last_report: Option<(u32, Duration)>,
}

/// A regular report.
pub(crate) fn report(report: &Report<'_>) -> Option<Bytes> {
    finish(&compound(report))
}

/// The last one.
pub(crate) fn bye(report: &Report<'_>) -> Option<Bytes> {
    finish(&compound(report).add_packet(Bye::builder().add_source(report.ssrc)))
}

fn compound<'a>(report: &Report<'a>) -> CompoundBuilder<'a> {
    let who = SdesChunk::builder(report.ssrc).add_item(SdesItem::builder(CNAME, report.cname));
    let compound = Compound::builder();
    let block = report.about.map(block);
    let compound = match report.sent {
        Some((ntp, rtp, packets, octets)) => {
            let sender = SenderReport::builder(report.ssrc)
                .ntp_timestamp(ntp)
                .rtp_timestamp(rtp)
                .packet_count(packets)
                .octet_count(octets);
            match block {
                Some(block) => compound.add_packet(sender.add_report_block(block)),
                None => compound.add_packet(sender),
            }
        }
        None => {
            let receiver = ReceiverReport::builder(report.ssrc);
            match block {
                Some(block) => compound.add_packet(receiver.add_report_block(block)),
                None => compound.add_packet(receiver),
            }
        }
    };
    let compound = compound.add_packet(Sdes::builder().add_chunk(who));
    extended(compound, report.ssrc, report.extended)
}

fn extended(compound: CompoundBuilder<'_>, ssrc: u32, said: Extended) -> CompoundBuilder<'_> {
    if said == Extended::default() {
        return compound;
    }
    let mut packet = Xr::builder().sender_ssrc(ssrc);
    if let Some(ntp) = said.reference {
        packet = packet.add_block(ReceiverReferenceTime::builder().ntp_timestamp(ntp));
    }
    if let Some((whose, time, ago)) = said.heard {
        let block = DelaySinceLastReceiverReportBlock::builder()
            .ssrc(whose)
            .last_receiver_report(time)
            .delay_since_last_receiver_report_timestamp(clock::short(ago));
        packet = packet.add_block(DelaySinceLastReceiverReport::builder().add_block(block));
    }
    if let Some(metrics) = said.metrics {
        packet = packet.add_block(metrics);
    }
    compound.add_packet(packet)
}

fn block(about: About) -> ReportBlockBuilder {
    let (time, delay) = about.last_report.map_or((0, 0), |(time, ago)| (time, clock::short(ago)));
    ReportBlock::builder(about.ssrc)
        .fraction_lost(about.fraction_lost)
        .cumulative_lost(about.cumulative_lost)
        .extended_sequence_number(about.extended_highest)
        .interarrival_jitter(about.jitter)
        .last_sender_report_timestamp(time)
        .delay_since_last_sender_report_timestamp(delay)
}

fn finish(compound: &CompoundBuilder<'_>) -> Option<Bytes> {
    let mut bytes = vec![0; 256];
    let length = compound.write_into(&mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes.into())
}
