// Timers and dates as the agent reads them.
import { describe, expect, it } from "vitest";
import { historyRow } from "../src/preview/fixtures";
import { withDays } from "../src/words/days";
import { dayName, dayOf, duration, progress, remaining } from "../src/words/time";

describe("timers", () => {
  it.each([
    [0, "0:00"],
    [999, "0:00"],
    [7_400, "0:07"],
    [761_000, "12:41"],
    [3_723_000, "1:02:03"],
    [-5, "0:00"],
  ])("%d ms up is %s", (ms, text) => expect(duration(ms)).toBe(text));

  it("offer_3 countdown says 0:00 only when it is over", () => {
    expect(remaining(20_000, 0)).toBe("0:20");
    expect(remaining(20_000, 19_001)).toBe("0:01");
    expect(remaining(20_000, 19_999)).toBe("0:01");
    expect(remaining(20_000, 20_000)).toBe("0:00");
    expect(remaining(20_000, 25_000)).toBe("0:00");
  });

  it("offer_3 progress stays between none and all", () => {
    expect(progress(0, 100, 25)).toBe(0.25);
    expect(progress(0, 100, -5)).toBe(0);
    expect(progress(0, 100, 500)).toBe(1);
    expect(progress(100, 100, 100)).toBe(1);
  });
});

describe("days", () => {
  const noon = new Date(2026, 2, 18, 12).getTime();
  const before = (days: number) => new Date(2026, 2, 18 - days, 23, 59).getTime();

  it("names the near ones and dates the far ones", () => {
    expect(dayName(noon, noon)).toBe("Today");
    expect(dayName(before(1), noon)).toBe("Yesterday");
    expect(dayName(before(3), noon)).toBe("Sunday");
    expect(dayName(before(8), noon)).toContain("10");
    expect(dayName(new Date(2024, 0, 5).getTime(), noon)).toContain("2024");
  });

  it("counts local days, whatever the hour", () => {
    expect(dayOf(new Date(2026, 2, 29, 0, 1).getTime())).toBe(dayOf(new Date(2026, 2, 29, 23, 59).getTime()));
    expect(dayOf(new Date(2026, 2, 30).getTime()) - dayOf(new Date(2026, 2, 29).getTime())).toBe(1);
  });

  it("puts one heading before each day's rows and loses no row", () => {
    const rows = Array.from({ length: 500 }, (_, index) => historyRow(index));
    const items = withDays(rows, Date.now());
    expect(items.filter((item) => item.kind === "call")).toHaveLength(500);
    expect(items[0]?.kind).toBe("day");
    const days = items.filter((item) => item.kind === "day").map((item) => item.key);
    expect(new Set(days).size).toBe(days.length);
  });
});
