// How a call sounds, as the agent sees it: the bars, the line in the panel, the figures.
import { cleanup, render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";
import type { SoundProblem } from "../src/types";
import { badSound, deskView, historyRow, inCall } from "../src/preview/fixtures";
import HistoryRow from "../src/components/HistoryRow.svelte";
import App from "../src/views/App.svelte";
import * as sound from "../src/words/sound";
import { deskShowing } from "./fake";

afterEach(cleanup);

async function open(change: Parameters<typeof inCall>[0] = {}) {
  await deskShowing(deskView({ contacts: [inCall(change)], selected: 1 }));
  render(App);
  flushSync();
  return userEvent.setup();
}

describe("how a call sounds", () => {
  it("call_1 says what is wrong and what can be done", async () => {
    await open({ quality: badSound });
    const line = screen.getByTestId("sound-problem");
    expect(line).toHaveTextContent(/Wi-Fi drops packets.*cable/);
    expect(line.parentElement).toHaveAttribute("role", "status");
  });

  it("call_1 says nothing while it sounds well", async () => {
    await open();
    expect(screen.queryByTestId("sound-problem")).toBeNull();
    expect(screen.getByTestId("quality-open")).toHaveAccessibleName(/good.*4\.3 of 5/);
  });

  it("call_1 shows the figures from the bars, by key, and gives the focus back", async () => {
    const user = await open({ quality: { ...badSound, remoteLossPercent: null } });
    screen.getByTestId("quality-open").focus();
    await user.keyboard("{Enter}");
    const panel = screen.getByTestId("quality-panel");
    const figure = (name: string) => within(panel).getByText(name).nextElementSibling;
    expect(figure("Score")).toHaveTextContent("2.7 of 5");
    expect(figure("Lost on the way here")).toHaveTextContent("7.3%");
    expect(figure("Lost on the way there")).toHaveTextContent("not known");
    expect(figure("Delay from mouth to ear")).toHaveTextContent("188 ms");
    expect(figure("Codec")).toHaveTextContent("Opus");
    await user.keyboard("{Escape}");
    expect(screen.queryByTestId("quality-panel")).toBeNull();
    expect(screen.getByTestId("quality-open")).toHaveFocus();
  });

  it("dir_2 a past call has no buffer, and its bars follow its score", () => {
    const past = historyRow(0).sounded;
    expect(past && sound.figures(past).map(({ name }) => name)).not.toContain("Waits in the buffer");
    expect([4.3, 3.5, 2.0].map(sound.bars)).toEqual([3, 2, 1]);
  });

  it("dir_2 a past call in which nothing was heard shows why, and for how long", async () => {
    const row = historyRow(0);
    const sounded = { ...row.sounded!, mos: null, problem: "nothingArrives" as const, problemS: 12 };
    await deskShowing(deskView());
    render(HistoryRow, { row: { ...row, sounded } });
    const mark = screen.getByTestId("sounded-open");
    expect(mark).toHaveAccessibleName(/Nothing arrives/);
    await userEvent.setup().click(mark);
    expect(screen.getByTestId("sounded-panel")).toHaveTextContent(/Nothing arrives.*For 12 s in all/);
    expect(within(screen.getByTestId("sounded-panel")).getByText("Score").nextElementSibling).toHaveTextContent("not known");
  });

  it("has words for everything that can be wrong", () => {
    const all: SoundProblem[] = [
      "noWay", "notReached", "nothingArrives", "microphoneSilent", "computerBusy", "wirelessDrops",
      "networkDrops", "pathDrops", "jitter", "delay", "farSilent",
    ];
    expect(new Set(all.map(sound.problem)).size).toBe(all.length);
    expect(new Set(all.map(sound.remedy)).size).toBe(all.length);
  });
});
