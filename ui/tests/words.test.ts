// Small words: reasons, accounts, levels, keys, places.
import { describe, expect, it } from "vitest";
import { inCall, onHold, reasons, ringing, wrapping } from "../src/preview/fixtures";
import { litDots } from "../src/parts/level";
import { outline, outlineLength } from "../src/parts/outline";
import { place } from "../src/parts/place";
import { commandFor } from "../src/state/fulfil";
import { wishOf } from "../src/state/shortcuts";
import { isAccountAddress } from "../src/words/address";
import { grouped, matches } from "../src/words/reasons";

describe("wrapup_1 reasons", () => {
  it("keeps the admin's order under the admin's levels", () => {
    expect(grouped(reasons, "").map((group) => group.heading)).toEqual(["Billing", "Technical", ""]);
  });
  it("finds by every word, by level, without accents", () => {
    const reason = { id: "x", label: "Réclamation réglée", path: ["Żądania"] };
    expect(matches(reason, "reclam zada")).toBe(true);
    expect(matches(reason, "reclam nope")).toBe(false);
    expect(grouped(reasons, "technical book")[0]?.reasons.map((entry) => entry.id)).toEqual(["visit"]);
  });
});

describe("session_1 account addresses", () => {
  it.each(["anna@host", "sip:anna@phone.example.com:5070", "1001@[::1]:5060", "a.b+c@10.0.0.1"])("takes %s", (text) =>
    expect(isAccountAddress(text)).toBe(true),
  );
  it.each(["", "anna", "anna@", "@host", "anna@host:0", "anna@host:99999", "a b@host", "tel:112"])("refuses %j", (text) =>
    expect(isAccountAddress(text)).toBe(false),
  );
});

describe("level dots", () => {
  it("are dark when silent or unknown and full when loud", () => {
    expect(litDots(null, 14)).toBe(0);
    expect(litDots(-Infinity, 14)).toBe(0);
    expect(litDots(-90, 14)).toBe(0);
    expect(litDots(-30, 14)).toBe(7);
    expect(litDots(0, 14)).toBe(14);
  });
});

describe("the ring's outline", () => {
  it("is as long as a circle where the box is one", () => {
    expect(outlineLength(40, 40, 20)).toBeCloseTo(2 * Math.PI * 20);
    expect(outlineLength(100, 40, 0)).toBe(280);
    expect(outline(40, 40, 99)).toContain("a20 20");
  });
});

describe("floating boxes", () => {
  const room = { width: 340, height: 720 };
  it("stay inside the window and turn upward at its foot", () => {
    const size = { width: 240, height: 300 };
    expect(place({ left: 300, top: 10, width: 36, height: 36 }, size, room)).toEqual({ left: 92, top: 52 });
    expect(place({ left: 0, top: 650, width: 36, height: 36 }, size, room)).toEqual({ left: 8, top: 344 });
  });

  it("are whole inside the window where large text leaves no room above or below", () => {
    const anchor = { left: 300, top: 40, width: 36, height: 36 };
    expect(place(anchor, { width: 240, height: room.height - 16 }, room).top).toBe(8);
    expect(place(anchor, { width: 240, height: room.height - 40 }, room).top).toBe(32);
  });
});

describe("keys", () => {
  const press = (key: string, change: KeyboardEventInit = {}) => wishOf(new KeyboardEvent("keydown", { key, ...change }));

  it("mean a wish with Alt, whatever sign Alt makes of the letter", () => {
    expect(press("m", { altKey: true })).toBe("mute");
    expect(press("µ", { altKey: true, code: "KeyM" })).toBe("mute");
    expect(press("m")).toBeUndefined();
    expect(press("m", { altKey: true, ctrlKey: true })).toBeUndefined();
    expect(press("Enter", { ctrlKey: true })).toBe("submit");
  });

  it("mean nothing while text is written, and nothing when held down", () => {
    const input = document.createElement("input");
    let wish: string | undefined;
    input.addEventListener("keydown", (event) => (wish = wishOf(event)));
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));
    expect(wish).toBeUndefined();
    expect(press("?")).toBe("help");
    expect(press("a", { altKey: true, repeat: true })).toBeUndefined();
  });

  it("send only what the button could send", () => {
    expect(commandFor("hold", inCall(), undefined)).toEqual({ kind: "hold", contact: 1 });
    expect(commandFor("hold", onHold(), undefined)).toEqual({ kind: "resume", contact: 1 });
    expect(commandFor("end", onHold(), undefined)).toBeUndefined();
    expect(commandFor("mute", inCall({ muted: true }), undefined)).toEqual({ kind: "mute", contact: 1, on: false });
    expect(commandFor("accept", undefined, ringing(7, null, "…1", null, 9))).toEqual({ kind: "accept", contact: 7 });
    expect(commandFor("submit", wrapping(null), undefined)).toBeUndefined();
    expect(commandFor("submit", wrapping("refund"), undefined)).toEqual({ kind: "submitWrapUp", contact: 1 });
  });
});
