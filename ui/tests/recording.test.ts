// CALL-8: whether a call is recorded, and the pause for what must not be.
import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";
import type { ContactView } from "../src/types";
import { deskView, inCall, recorded } from "../src/preview/fixtures";
import App from "../src/views/App.svelte";
import { deskShowing } from "./fake";

afterEach(cleanup);

async function open(contact: ContactView, notices: ReturnType<typeof deskView>["notices"] = []) {
  const showing = (contact: ContactView) => deskView({ contacts: [contact], selected: 1, notices });
  const shell = await deskShowing(showing(contact));
  render(App);
  flushSync();
  const turn = (contact: ContactView) => {
    shell.ears?.desk(showing(contact));
    flushSync();
  };
  return { shell, user: userEvent.setup(), turn };
}

const on = () => recorded({ kind: "on", since: Date.now() - 187_000 });
const paused = () => recorded({ kind: "paused", since: Date.now(), resumes: Date.now() + 48_000 });

describe("call_8 recording", () => {
  it("shows that it runs, and says so to whoever does not see it", async () => {
    const { turn } = await open(inCall());
    expect(screen.queryByTestId("recording")).toBeNull();
    turn(on());
    expect(screen.getByTestId("recording")).toHaveTextContent(/Recording.*3:07/);
    const said = screen.getByTestId("recording-said");
    expect(said).toHaveAttribute("role", "status");
    expect(said).toHaveTextContent("The call is being recorded.");
  });

  it("pauses by click and by key, and shows the pause only when the desk says so", async () => {
    const { shell, user, turn } = await open(on());
    await user.click(screen.getByRole("button", { name: "Pause the recording" }));
    expect(shell.sent).toEqual([{ kind: "pauseRecording", contact: 1, on: true }]);
    expect(screen.getByTestId("recording").dataset.recording).toBe("on");
    turn(recorded({ kind: "on", since: Date.now() }, { kind: "busy" }));
    await user.keyboard("{Alt>}r{/Alt}");
    expect(shell.sent).toHaveLength(1);
    turn(paused());
    expect(screen.getByTestId("recording")).toHaveTextContent(/paused.*goes on in 0:48/);
    await user.keyboard("{Alt>}r{/Alt}");
    expect(shell.sent[1]).toEqual({ kind: "pauseRecording", contact: 1, on: false });
  });

  it("says the pause once, not its every second", async () => {
    await open(paused());
    expect(screen.getByTestId("recording-said")).not.toHaveTextContent(/0:/);
    expect(screen.getByText(/goes on in/).closest("[aria-hidden]")).not.toBeNull();
  });

  it.each([
    ["inConsult", /consult/],
    ["inConference", /conference/],
  ] as const)("cannot be paused or gone on with while the reason is %s", async (why, words) => {
    for (const recording of [on(), paused()]) {
      const { shell, user } = await open({
        ...recording,
        actions: { ...recording.actions, pauseRecording: { kind: "blocked", why } },
      });
      const button = screen.getByTestId("pause-recording");
      expect(button).toHaveAccessibleDescription(words);
      await user.click(button);
      await user.keyboard("{Alt>}r{/Alt}");
      expect(shell.sent).toEqual([]);
      cleanup();
    }
  });

  it("is begun and ended by hand where the admin lets the agent", async () => {
    const byHand = (contact: ContactView): ContactView => ({
      ...contact,
      actions: { ...contact.actions, record: { kind: "ready" } },
    });
    const { shell, user, turn } = await open(byHand(inCall()));
    expect(screen.getByTestId("recording")).toHaveTextContent("Not recorded");
    await user.click(screen.getByTestId("record"));
    turn(byHand(on()));
    await user.click(screen.getByRole("button", { name: "End the recording" }));
    expect(shell.sent).toEqual([
      { kind: "record", contact: 1, on: true },
      { kind: "record", contact: 1, on: false },
    ]);
  });

  it.each([
    ["folder", /cannot be written to/],
    ["full", /disk is full.*Free some space/s],
    ["disk", /disk failed/],
  ] as const)("tells in words why there is none: %s", async (problem, words) => {
    const trouble = { what: { kind: "notRecorded" as const, problem }, tracking: "R7DK" };
    await open(inCall(), [{ id: 1, at: 0, what: { kind: "failed", trouble } }]);
    expect(screen.getByTestId("notice")).toHaveTextContent(words);
    expect(screen.getByTestId("notice")).toHaveTextContent("R7DK");
  });

  it("tells that some of it is missing, and what to do", async () => {
    const trouble = { what: { kind: "recordingGap" as const }, tracking: "R7DK" };
    await open(inCall(), [{ id: 1, at: 0, what: { kind: "failed", trouble } }]);
    expect(screen.getByTestId("notice")).toHaveTextContent(/missing.*disk is too slow.*R7DK/s);
  });

  it("tells that what a crash cut off is whole again", async () => {
    await open(inCall(), [{ id: 1, at: 0, what: { kind: "recordingsMended", count: 2 } }]);
    expect(screen.getByTestId("notice")).toHaveTextContent(/whole again: 2/);
  });
});
