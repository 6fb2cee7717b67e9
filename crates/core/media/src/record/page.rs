//! Ogg pages (RFC 3533 section 6), as far as one Opus stream needs them.

use std::ops::Range;

/// The first page of the stream, the last, and one that begins amid a packet.
pub(super) const BEGINS: u8 = 0x02;
pub(super) const ENDS: u8 = 0x04;
pub(super) const CONTINUES: u8 = 0x01;

const HEADER: usize = 27;
const CAPTURE: &[u8; 4] = b"OggS";
const FLAGS: usize = 5;
const CRC: Range<usize> = 22..26;
const MOST_SEGMENTS: usize = 255;

/// Gathers packets to pages. A packet never goes over two of them.
#[derive(Debug)]
pub(super) struct Writer {
    serial: u32,
    number: u32,
    lacing: Vec<u8>,
    data: Vec<u8>,
    granule: u64,
}

impl Writer {
    pub(super) fn new(serial: u32) -> Writer {
        let (lacing, data) = (Vec::with_capacity(MOST_SEGMENTS), Vec::with_capacity(8_192));
        Writer { serial, number: 0, lacing, data, granule: 0 }
    }

    /// Adds a packet, after which the stream is at `granule`; writes the page before it out where it is full.
    pub(super) fn add(&mut self, packet: &[u8], granule: u64, out: &mut Vec<u8>) {
        if self.lacing.len() + packet.len() / 255 + 1 > MOST_SEGMENTS {
            self.flush(0, out);
        }
        self.lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
        self.lacing.push((packet.len() % 255) as u8);
        self.data.extend_from_slice(packet);
        self.granule = granule;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lacing.is_empty()
    }

    pub(super) fn packets(&self) -> usize {
        self.lacing.iter().filter(|length| **length < 255).count()
    }

    /// Ends the last packet's sound earlier than the packet does (RFC 7845 section 4.4).
    pub(super) fn end_at(&mut self, granule: u64) {
        self.granule = granule;
    }

    /// Writes the page out.
    pub(super) fn flush(&mut self, flags: u8, out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(CAPTURE);
        out.extend_from_slice(&[0, flags]);
        out.extend_from_slice(&self.granule.to_le_bytes());
        out.extend_from_slice(&self.serial.to_le_bytes());
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.push(self.lacing.len() as u8);
        out.append(&mut self.lacing);
        out.append(&mut self.data);
        seal(&mut out[from..]);
        self.number = self.number.wrapping_add(1);
    }
}

/// One page as it stands in a file.
#[derive(Debug, Clone)]
pub(super) struct Page<'a> {
    pub(super) flags: u8,
    pub(super) granule: u64,
    pub(super) serial: u32,
    lacing: &'a [u8],
    data: &'a [u8],
}

impl Page<'_> {
    /// Its packets, and whether each ends in it.
    pub(super) fn packets(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut at = 0;
        let runs = self.lacing.split_inclusive(|length| *length < 255);
        runs.map(move |run| {
            let from = at;
            at += run.iter().map(|length| usize::from(*length)).sum::<usize>();
            let ends = run.last().is_some_and(|length| *length < 255);
            (self.data.get(from..at).unwrap_or_default(), ends)
        })
    }
}

/// Every whole and sound page, with the bytes it stands at; up to the first that is not.
pub(super) fn pages(bytes: &[u8]) -> impl Iterator<Item = (Range<usize>, Page<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (length, page) = first_page(bytes.get(at..)?)?;
        let range = at..at + length;
        at += length;
        Some((range, page))
    })
}

fn first_page(bytes: &[u8]) -> Option<(usize, Page<'_>)> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    if !header.starts_with(CAPTURE) || header[4] != 0 {
        return None;
    }
    let lacing = bytes.get(HEADER..HEADER + usize::from(header[HEADER - 1]))?;
    let from = HEADER + lacing.len();
    let length = from + lacing.iter().map(|length| usize::from(*length)).sum::<usize>();
    let page = bytes.get(..length)?;
    let sum = crc(page.iter().enumerate().map(|(at, byte)| if CRC.contains(&at) { 0 } else { *byte }));
    let granule = u64::from_le_bytes(*page.get(6..)?.first_chunk()?);
    let serial = u32::from_le_bytes(*page.get(14..)?.first_chunk()?);
    (page.get(CRC)? == sum.to_le_bytes())
        .then(|| (length, Page { flags: header[FLAGS], granule, serial, lacing, data: &page[from..] }))
}

/// The same page as the stream's last.
pub(super) fn ending(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    if let Some(flags) = page.get_mut(FLAGS) {
        *flags |= ENDS;
    }
    seal(&mut page);
    page
}

pub(super) fn seal(page: &mut [u8]) {
    if let Some(place) = page.get_mut(CRC) {
        place.fill(0);
    }
    let sum = crc(page.iter().copied());
    if let Some(place) = page.get_mut(CRC) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// The polynomial 0x04c11db7, nothing mirrored, nothing inverted.
fn crc(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0, |sum, byte| (sum << 8) ^ TABLE[((sum >> 24) as u8 ^ byte) as usize])
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut sum = (n as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 != 0 { (sum << 1) ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[n] = sum;
        n += 1;
    }
    table
};
