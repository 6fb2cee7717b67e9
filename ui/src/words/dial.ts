// What may be dialled (CALL-6): 3 to 18 digits and `+ # * :`, or an address. It cleans what was pasted and says what it
// dropped; whether the number exists is the server's business.

/** Why an entry cannot be dialled yet. */
export type DialHint = "empty" | "short" | "long" | "address";

export interface Cleaned {
  /** What may stay. */
  text: string;
  /** The distinct characters that were dropped and were not mere punctuation. */
  dropped: string;
}

const SCHEME = /^(?:tel|sips?|callto):(?:\/\/)?/i;
const SPACING = /[\s().\-/\u00a0\u2010-\u2015]/u;
const DIALABLE = /[0-9+#*:]/;
const MIN = 3;
const MAX = 18;

const isAddress = (text: string) => text.includes("@");

/** Drops what cannot be dialled. Brackets, dashes and spaces go silently, as people write numbers with them. */
export function cleanDial(raw: string): Cleaned {
  const text = raw.trim();
  const bare = text.replace(SCHEME, "").split(/[;?]/, 1)[0] ?? "";
  if (isAddress(bare)) return { text: bare.replace(/\s/g, ""), dropped: "" };
  let kept = "";
  const dropped = new Set<string>();
  for (const char of bare) {
    if (DIALABLE.test(char)) kept += char;
    else if (!SPACING.test(char)) dropped.add(char);
  }
  return { text: kept, dropped: [...dropped].join("") };
}

/** Why the entry cannot be dialled as it stands, or `undefined` when it can. */
export function dialHint(raw: string): DialHint | undefined {
  const { text, dropped } = cleanDial(raw);
  if (raw.trim() === "") return "empty";
  if (isAddress(raw)) return /^[^\s@]+@[^\s@]+$/.test(text) ? undefined : "address";
  if (dropped !== "") return "address";
  if (text.replace(/\D/g, "").length < MIN) return "short";
  return text.length > MAX ? "long" : undefined;
}
