// The window's own little memory: the desk, the draft, the history, the clock.
import { flushSync, tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deskView, historyRow, inCall } from "../src/preview/fixtures";
import { clock } from "../src/state/clock.svelte";
import { Draft, flushDrafts } from "../src/state/draft.svelte";
import { History } from "../src/state/history.svelte";
import { FakeShell, newDesk } from "./fake";
import { Desk } from "../src/desk.svelte";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("the desk", () => {
  it("call_10 shows the running call after a reload of the window", async () => {
    const { desk } = await newDesk(deskView({ contacts: [inCall()], selected: 1 }));
    expect(desk.selected?.phase.kind).toBe("connected");
  });

  it("keeps the event that overtook the snapshot", async () => {
    const shell = new FakeShell(deskView());
    shell.listen = (ears) => {
      ears.desk(deskView({ contacts: [inCall({ id: 9 })] }));
      return Promise.resolve();
    };
    const desk = new Desk();
    await desk.connect(shell);
    expect(desk.contact(9)).toBeDefined();
  });

  it("session_10 keeps what did not work, with its tracking id, until put away", async () => {
    const { desk, shell } = await newDesk();
    shell.answer = { status: "error", error: { what: { kind: "busy" }, tracking: "K7QX" } };
    expect(await desk.send({ kind: "dial", target: "112" })).toBe(false);
    const failure = desk.failures[0];
    expect(failure?.trouble.tracking).toBe("K7QX");
    desk.putAway(failure?.id ?? 0);
    expect(desk.failures).toEqual([]);
  });
});

describe("wrapup_3 notes", () => {
  const wrapUp = (notes: string, saved = true) => ({ reason: null, notes, mandatory: false, saved });
  const draftOf = (works = true) => {
    const writes: [number, string][] = [];
    const draft = new Draft((contact, notes) => (writes.push([contact, notes]), Promise.resolve(works)));
    return { draft, writes };
  };

  it("are handed on 300 ms after the last key, once", () => {
    const { draft, writes } = draftOf();
    draft.follow(1, wrapUp(""));
    draft.type("a");
    vi.advanceTimersByTime(200);
    draft.type("ab");
    vi.advanceTimersByTime(299);
    expect(writes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(writes).toEqual([[1, "ab"]]);
  });

  it("say saved only when the desk says it is on disk", () => {
    const { draft } = draftOf();
    draft.follow(1, wrapUp(""));
    expect(draft.saving).toBe("empty");
    draft.type("x");
    expect(draft.saving).toBe("saving");
    void draft.flush();
    draft.follow(1, wrapUp("x", false));
    expect(draft.saving).toBe("saving");
    draft.follow(1, wrapUp("x", true));
    expect(draft.saving).toBe("saved");
  });

  it("are not overwritten by an older word of the desk while being typed", () => {
    const { draft } = draftOf();
    draft.follow(1, wrapUp(""));
    draft.type("hello");
    draft.follow(1, wrapUp("hel"));
    expect(draft.text).toBe("hello");
  });

  it("are tried again when the first try did not work", async () => {
    const { draft, writes } = draftOf(false);
    draft.follow(1, wrapUp(""));
    draft.type("x");
    await draft.flush();
    expect(draft.saving).toBe("saving");
    await draft.flush();
    expect(writes).toEqual([[1, "x"], [1, "x"]]);
  });

  it("are not sent again once they are handed on", async () => {
    const { draft, writes } = draftOf();
    draft.follow(1, wrapUp(""));
    draft.type("x");
    await draft.flush();
    await draft.flush();
    expect(writes).toHaveLength(1);
  });

  it("have arrived before the contact is closed, though the click on Submit handed them on by leaving the field", async () => {
    const answers: ((taken: boolean) => void)[] = [];
    const draft = new Draft(() => new Promise((resolve) => answers.push(resolve)));
    draft.follow(1, wrapUp(""));
    draft.type("x");
    void draft.flush();
    let closed = false;
    const closing = flushDrafts().then(() => (closed = true));
    await vi.advanceTimersByTimeAsync(1000);
    expect(closed).toBe(false);
    answers[0]?.(true);
    await closing;
  });

  it("go to their own contact when another is opened in between", () => {
    const { draft, writes } = draftOf();
    draft.follow(1, wrapUp(""));
    draft.type("first");
    draft.follow(2, wrapUp("second"));
    expect(writes).toEqual([[1, "first"]]);
    expect(draft.text).toBe("second");
  });
});

describe("dir_2 history", () => {
  it("fetches page after page without a gap or a double, and stops at the end", async () => {
    const shell = new FakeShell();
    shell.rows = Array.from({ length: 450 }, (_, index) => historyRow(index));
    const history = new History(async (query) => (await shell.history(query)).data);
    await history.reload();
    expect(history.rows).toHaveLength(200);
    await history.older();
    await history.older();
    expect(history.rows.map((row) => row.key)).toEqual(shell.rows.map((row) => row.key));
    shell.rows = [...shell.rows, historyRow(999)];
    await history.older();
    expect(history.rows).toHaveLength(450);
  });

  it("drops the answer to a question that is no longer asked", async () => {
    const answers: ((page: { rows: ReturnType<typeof historyRow>[]; next: string | null }) => void)[] = [];
    const history = new History(() => new Promise((resolve) => answers.push(resolve)));
    const first = history.reload();
    history.text = "anna";
    const second = history.reload();
    answers[1]?.({ rows: [historyRow(2)], next: null });
    answers[0]?.({ rows: [historyRow(1)], next: "x" });
    await Promise.all([first, second]);
    expect(history.rows.map((row) => row.key)).toEqual(["row-2"]);
  });
});

describe("the clock", () => {
  it("ticks on the full second while something reads it, and not at all otherwise", async () => {
    expect(vi.getTimerCount()).toBe(0);
    const seen: number[] = [];
    const stop = $effect.root(() => {
      $effect(() => void seen.push(clock.now));
    });
    flushSync();
    vi.advanceTimersByTime(3000);
    flushSync();
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.slice(1).every((at) => at % 1000 === 0)).toBe(true);
    stop();
    await tick();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rests while the window is hidden", () => {
    const stop = $effect.root(() => {
      $effect(() => void clock.now);
    });
    flushSync();
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(vi.getTimerCount()).toBe(0);
    visibility.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    expect(vi.getTimerCount()).toBe(1);
    stop();
  });
});
