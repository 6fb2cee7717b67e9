// Times, dates and durations as the agent reads them, in the locale's form.
import { getLocale } from "../paraglide/runtime";

const SECOND = 1000;
const DAY = 86_400_000;

const two = (value: number) => String(value).padStart(2, "0");

/** How long, as `0:07`, `12:41` or `1:02:03`. Never negative. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / SECOND));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = two(total % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** What is left until `deadline`, rounded up, so that `0:00` means over. */
export function remaining(deadline: number, now: number): string {
  return duration(Math.ceil((deadline - now) / SECOND) * SECOND);
}

/** How far from `since` to `deadline` we are, 0 to 1. */
export function progress(since: number, deadline: number, now: number): number {
  if (deadline <= since) return 1;
  return Math.min(1, Math.max(0, (now - since) / (deadline - since)));
}

/** The language of the window with the region of the system, since dates and clocks differ by region. */
function region(): string {
  const language = getLocale();
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = region();
  const name = `${locale} ${key}`;
  let made = formats.get(name);
  if (!made) formats.set(name, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

/** Hours and minutes. */
export function clockTime(at: number): string {
  return format("time", { hour: "numeric", minute: "2-digit" }).format(at);
}

/** The day's number, counted in local days, so that rows of one day share it. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY);
}

const capital = (word: string) => word.charAt(0).toLocaleUpperCase() + word.slice(1);

/** A day as a heading: *today*, *yesterday*, a weekday within the week, else the date. */
export function dayName(at: number, now: number): string {
  const ago = dayOf(now) - dayOf(at);
  if (ago === 0 || ago === 1) {
    return capital(new Intl.RelativeTimeFormat(getLocale(), { numeric: "auto" }).format(-ago, "day"));
  }
  if (ago > 1 && ago < 7) return capital(format("weekday", { weekday: "long" }).format(at));
  const thisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(thisYear ? "day" : "year", {
    weekday: "short",
    day: "numeric",
    month: "long",
    ...(thisYear ? {} : { year: "numeric" }),
  }).format(at);
}
