// The wrap-up reasons as a searched and grouped list.
import type { CodeView } from "../types";

export interface ReasonGroup {
  /** The levels above, outermost first, as one heading; empty at the top level. */
  heading: string;
  reasons: CodeView[];
}

const fold = (text: string) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/ł/gi, "l")
    .toLowerCase();

/** Whether every word of the search occurs in the reason or the levels above it, accents aside. */
export function matches(reason: CodeView, text: string): boolean {
  const hay = fold([...reason.path, reason.label].join(" "));
  return fold(text)
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** The reasons that match, in the admin's order, under the headings they belong to. */
export function grouped(reasons: CodeView[], text: string): ReasonGroup[] {
  const groups: ReasonGroup[] = [];
  for (const reason of reasons) {
    if (!matches(reason, text)) continue;
    const heading = reason.path.join(" › ");
    const group = groups.find((entry) => entry.heading === heading);
    if (group) group.reasons.push(reason);
    else groups.push({ heading, reasons: [reason] });
  }
  return groups;
}
