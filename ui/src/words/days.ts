// History rows with a heading before each day.
import type { HistoryRowView } from "../types";
import { dayName, dayOf } from "./time";

export type HistoryItem =
  | { kind: "day"; key: string; name: string }
  | { kind: "call"; key: string; row: HistoryRowView };

/** `rows` newest first, with a heading wherever the day changes. */
export function withDays(rows: HistoryRowView[], now: number): HistoryItem[] {
  const items: HistoryItem[] = [];
  let day: number | undefined;
  for (const row of rows) {
    const at = dayOf(row.startedAt);
    if (at !== day) {
      day = at;
      items.push({ kind: "day", key: `day ${at}`, name: dayName(row.startedAt, now) });
    }
    items.push({ kind: "call", key: row.key, row });
  }
  return items;
}
