// IT-5: the desk speaks four languages, each of them wholly.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Messages = Record<string, string>;
const read = (locale: string): Messages =>
  JSON.parse(readFileSync(`${import.meta.dirname}/../messages/${locale}.json`, "utf8"));
const gaps = (text = "") => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const base = read("en");

describe.each(["fr", "pl", "it"])("it_5 %s", (locale) => {
  const messages = read(locale);

  it("has every message and no other", () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(base).sort());
  });

  it("fills the same gaps in each", () => {
    for (const [key, text] of Object.entries(base)) expect(gaps(messages[key]), key).toEqual(gaps(text));
  });
});
