// The virtual list's arithmetic: what is on screen, for ten thousand rows, at once.
import { describe, expect, it } from "vitest";
import { offsetsOf, rowAt, visible } from "../src/parts/window";

const COUNT = 10_000;
const mixed = (index: number) => (index % 9 === 0 ? 32 : 56);
const offsets = offsetsOf(COUNT, mixed);

describe("rows on screen", () => {
  it("covers every pixel between top and bottom, wherever scrolled", () => {
    for (let top = 0; top < (offsets[COUNT] ?? 0); top += 7_777) {
      const { from, to } = visible(offsets, top, 640, 0);
      expect(offsets[from]).toBeLessThanOrEqual(top);
      expect(offsets[to]).toBeGreaterThanOrEqual(Math.min(top + 640, offsets[COUNT] ?? 0));
      expect(to - from).toBeLessThan(30);
    }
  });

  it("agrees with a plain search", () => {
    for (const y of [0, 1, 31, 32, 33, 5_000, 123_456]) {
      let plain = 0;
      while (plain + 1 < COUNT && (offsets[plain + 1] ?? 0) <= y) plain++;
      expect(rowAt(offsets, y)).toBe(plain);
    }
  });

  it("knows nothing, one row, and scrolled past the end", () => {
    expect(visible(offsetsOf(0, () => 1), 0, 100, 5)).toEqual({ from: 0, to: 0 });
    expect(visible(offsetsOf(1, () => 50), 0, 100, 5)).toEqual({ from: 0, to: 1 });
    expect(visible(offsets, 9e9, 100, 2)).toEqual({ from: COUNT - 3, to: COUNT });
  });
});
