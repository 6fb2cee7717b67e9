// How a call sounds, in words and figures.
import type { QualityView, SoundProblem, SoundSummary } from "../types";
import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";

const PROBLEMS: Record<SoundProblem, { title: () => string; about: () => string }> = {
  noWay: { title: m.sound_no_way, about: m.sound_no_way_about },
  notReached: { title: m.sound_not_reached, about: m.sound_not_reached_about },
  nothingArrives: { title: m.sound_nothing_arrives, about: m.sound_nothing_arrives_about },
  microphoneSilent: { title: m.sound_microphone_silent, about: m.sound_microphone_silent_about },
  computerBusy: { title: m.sound_computer_busy, about: m.sound_computer_busy_about },
  wirelessDrops: { title: m.sound_wireless_drops, about: m.sound_wireless_drops_about },
  networkDrops: { title: m.sound_network_drops, about: m.sound_network_drops_about },
  pathDrops: { title: m.sound_path_drops, about: m.sound_path_drops_about },
  jitter: { title: m.sound_jitter, about: m.sound_jitter_about },
  delay: { title: m.sound_delay, about: m.sound_delay_about },
  farSilent: { title: m.sound_far_silent, about: m.sound_far_silent_about },
};

/** What is wrong, in a line. */
export const problem = (what: SoundProblem): string => PROBLEMS[what].title();

/** What can be done about it. */
export const remedy = (what: SoundProblem): string => PROBLEMS[what].about();

export interface Figure {
  name: string;
  value: string;
}

/** The figures of a call, what matters most first. */
export function figures(of: QualityView | SoundSummary): Figure[] {
  const rows: [string, string | null][] = [
    [m.quality_score(), of.mos === null ? null : score(of.mos)],
    [m.quality_loss_in(), percent(of.lossPercent)],
    [m.quality_loss_out(), percent(of.remoteLossPercent)],
    [m.quality_delay(), milliseconds(of.delayMs)],
    [m.quality_round_trip(), milliseconds(of.roundTripMs)],
    [m.quality_jitter(), milliseconds(of.jitterMs)],
    ...("bufferMs" in of ? [[m.quality_buffer(), milliseconds(of.bufferMs)] as [string, string | null]] : []),
    [m.quality_codec(), codec(of.codec)],
  ];
  return rows.map(([name, value]) => ({ name, value: value ?? m.quality_unknown() }));
}

/** Of 5 points. */
export function score(mos: number): string {
  const digits = new Intl.NumberFormat(getLocale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return m.quality_of_five({ mos: digits.format(mos) });
}

function percent(value: number | null): string | null {
  if (value === null) return null;
  return new Intl.NumberFormat(getLocale(), { style: "percent", maximumFractionDigits: 1 }).format(value / 100);
}

const milliseconds = (value: number | null): string | null =>
  value === null ? null : m.quality_ms({ ms: Math.round(value) });

const codec = (name: string): string => (name === "opus" ? "Opus" : name) || m.quality_unknown();

/** How many of three bars a past call has: the bounds of the classes of ITU-T G.109. Nobody scores what nobody heard. */
export function bars(mos: number | null): 1 | 2 | 3 {
  return mos === null ? 1 : mos >= 4 ? 3 : mos >= 3.1 ? 2 : 1;
}
