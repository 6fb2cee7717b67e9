// WCAG 2.2 AA, computed from the tokens: text 4.5:1 (7:1 where more contrast is asked for), shapes and edges 3:1.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(`${import.meta.dirname}/../src/tokens.css`, "utf8");

type Tokens = Record<string, string>;
const block = (start: number): Tokens =>
  Object.fromEntries(
    [...css.slice(start, css.indexOf("}", start)).matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((found) => [
      found[1] ?? "",
      found[2] ?? "",
    ]),
  );
const part = (query: string) => {
  const at = css.indexOf(query);
  if (at < 0) throw new Error(`tokens.css has no ${query}`);
  return block(at);
};

const light = block(css.indexOf(":root"));
const dark = { ...light, ...part("@media (prefers-color-scheme: dark) {") };
const more = part("@media (prefers-contrast: more) {");
const schemes: [string, Tokens, number][] = [
  ["light", light, 4.5],
  ["dark", dark, 4.5],
  ["light, more contrast", { ...light, ...more }, 7],
  ["dark, more contrast", { ...dark, ...more, ...part("(prefers-contrast: more) and (prefers-color-scheme: dark)") }, 7],
];

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a = "", b = ""): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["bg", "surface", "raised", "hover"];
const texts: [string, string[]][] = [
  ["text", [...grounds, "accent-soft", "go-soft", "warn-soft", "stop-soft", "sunken"]],
  ["muted", [...grounds, "sunken", "accent-soft", "go-soft", "warn-soft", "stop-soft"]],
  ["accent", ["bg", "surface", "raised", "accent-soft"]],
  ["go", ["surface", "raised", "go-soft"]],
  ["warn", ["surface", "raised", "warn-soft"]],
  ["stop", ["surface", "raised", "stop-soft", "hover"]],
  ["on-fill", ["accent-fill", "accent-fill-hover", "go-fill", "go-fill-hover", "stop-fill", "stop-fill-hover"]],
];

describe.each(schemes)("%s", (_, tokens, least) => {
  const pairs = texts.flatMap(([front, backs]) => backs.map((back) => [front, back] as const));
  // Words on a fill are large and heavy, so AA's 4.5 stays enough for them where more contrast is asked for.
  it.each(pairs)("%s reads on %s", (front, back) => {
    const wanted = front === "text" || front === "muted" ? least : 4.5;
    expect(contrast(tokens[front], tokens[back])).toBeGreaterThanOrEqual(wanted);
  });

  it.each([
    ["line-strong", "surface"],
    ["line-strong", "raised"],
    ["accent", "surface"],
    ["warn-fill", "surface"],
    ["faint", "surface"],
    ["go", "surface"],
    ["stop", "surface"],
  ])("the edge %s shows on %s", (front, back) => {
    expect(contrast(tokens[front], tokens[back])).toBeGreaterThanOrEqual(3);
  });
});
