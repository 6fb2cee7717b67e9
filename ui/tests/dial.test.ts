// CALL-6: what may be dialled, and that nothing is dropped unseen.
import { describe, expect, it } from "vitest";
import { cleanDial, dialHint } from "../src/words/dial";

describe("call_6 cleaning what was pasted", () => {
  it.each([
    ["+48 (22) 555-01.90", "+48225550190", ""],
    ["tel:+48-22-555-0190;ext=7", "+48225550190", ""],
    ["callto://112", "112", ""],
    ["*21#", "*21#", ""],
    ["Tel. 22 555", "22555", "Tel"],
    ["12a3a4b", "1234", "ab"],
    ["٣٤٥", "", "٣٤٥"],
    ["22\u00a0555\u20110190", "225550190", ""],
    ["sip:anna@phone.example.com?subject=x", "anna@phone.example.com", ""],
    ["  bob@10.0.0.1:5070 ", "bob@10.0.0.1:5070", ""],
    ["💥", "", "💥"],
  ])("%j becomes %j and drops %j", (raw, text, dropped) => {
    expect(cleanDial(raw)).toEqual({ text, dropped });
  });

  it("is stable: cleaning what is clean changes nothing", () => {
    for (const raw of ["+48 22 555", "a1b2c3", "x@y", "tel:911"]) {
      const once = cleanDial(raw).text;
      expect(cleanDial(once)).toEqual({ text: once, dropped: "" });
    }
  });
});

describe("call_6 hints while typing", () => {
  it.each([
    ["", "empty"],
    ["1", "short"],
    ["+*#", "short"],
    ["112", undefined],
    ["123456789012345678", undefined],
    ["1234567890123456789", "long"],
    ["22 555 01 90", undefined],
    ["anna", "address"],
    ["anna@", "address"],
    ["anna@host", undefined],
    ["a@b@c", "address"],
  ])("%j: %j", (text, hint) => {
    expect(dialHint(text)).toBe(hint);
  });
});
