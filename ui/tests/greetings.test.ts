// CALL-15: greetings in the agent's own voice, made in the app and played into a call.
import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";
import type { GreetingsView } from "../src/types";
import { desk } from "../src/desk.svelte";
import { connected, deskView, draft, greetings, greetingsView, inCall, ringing } from "../src/preview/fixtures";
import { panels } from "../src/state/panels.svelte";
import App from "../src/views/App.svelte";
import { FakeShell } from "./fake";

afterEach(() => {
  cleanup();
  panels.greetings = panels.pick = false;
});

async function open(view: GreetingsView, shown = deskView()) {
  const shell = new FakeShell(shown);
  shell.greetingsNow = view;
  await desk.connect(shell);
  render(App);
  flushSync();
  const turn = (view: GreetingsView) => {
    shell.ears?.greetings(view);
    flushSync();
  };
  return { shell, user: userEvent.setup(), turn };
}

/** The panel, as the agent gets there. */
async function panel(view: GreetingsView) {
  const opened = await open(view);
  await opened.user.keyboard("{Alt>}o{/Alt}");
  await opened.user.click(screen.getByTestId("greetings-open"));
  const { asked } = opened.shell;
  const since = asked.findIndex((command) => (command as { kind: string }).kind === "refresh") + 1;
  expect(since).toBeGreaterThan(0);
  return { ...opened, wishes: () => asked.slice(since).filter((wish) => (wish as { kind: string }).kind !== "watchLevels") };
}

const inCallWith = (greeting: string | null) => {
  const call = inCall({ connection: connected({ greeting }) });
  return deskView({ contacts: [{ ...call, actions: { ...call.actions, greet: { kind: "ready" } } }], selected: 1 });
};

describe("call_15 my recordings", () => {
  it("is spoken with the level in view, and ends by hand", async () => {
    const { user, turn, wishes } = await panel(greetingsView());
    await user.click(screen.getByTestId("greeting-record"));
    turn(greetingsView({ studio: { kind: "recording", since: Date.now() - 7000, longestMs: 60_000 } }));
    const speaking = screen.getByTestId("greeting-speaking");
    expect(speaking).toHaveTextContent("0:07 of 1:00");
    expect(within(speaking).getByRole("meter", { name: "Input level" })).toBeVisible();
    await user.click(screen.getByTestId("greeting-done"));
    expect(wishes()).toEqual([{ kind: "record" }, { kind: "stopRecording" }]);
  });

  it("is cut at both ends by keyboard, listened to, named and kept", async () => {
    const { user, turn, wishes } = await panel(greetingsView({ greetings, studio: draft }));
    const [from, to] = ["Begin at", "End at"].map((name) => screen.getByRole("slider", { name }));
    expect(from).toHaveAttribute("aria-valuetext", "0.9 s");
    await fireEvent.input(from!, { target: { value: "1500" } });
    await fireEvent.input(to!, { target: { value: "1000" } });
    // The two never cross.
    expect([from, to].map((handle) => (handle as HTMLInputElement).valueAsNumber)).toEqual([1500, 1600]);
    await fireEvent.input(to!, { target: { value: "4000" } });
    await user.click(screen.getByTestId("draft-listen"));
    turn(greetingsView({ greetings, studio: draft, listening: { kind: "draft", since: Date.now(), fromMs: 1500 } }));
    await user.click(screen.getByTestId("draft-listen"));
    expect(screen.getByTestId("greeting-name")).toHaveValue("Greeting 1");
    await user.clear(screen.getByTestId("greeting-name"));
    await user.type(screen.getByTestId("greeting-name"), "Good evening{Enter}");
    expect(wishes()).toEqual([
      { kind: "listen", fromMs: 1500, toMs: 4000 },
      { kind: "stopListening" },
      { kind: "keep", name: "Good evening", fromMs: 1500, toMs: 4000 },
    ]);
    turn(greetingsView({ greetings, studio: draft, trouble: "nameTaken" }));
    expect(screen.getByTestId("greeting-name")).toHaveAccessibleDescription(/by this name already/);
  });

  it("is renamed, removed and brought back", async () => {
    const { user, turn, wishes } = await panel(greetingsView({ greetings }));
    await user.click(screen.getByRole("button", { name: "Rename “Out of hours”" }));
    await user.clear(screen.getByTestId("greeting-to"));
    await user.type(screen.getByTestId("greeting-to"), "Closed{Enter}");
    await user.click(screen.getByRole("button", { name: "Remove “Good morning”" }));
    turn(greetingsView({ greetings: greetings.slice(1), removed: "Good morning" }));
    expect(screen.getByText("“Good morning” was removed.").closest("[role=status]")).not.toBeNull();
    await user.click(screen.getByTestId("greeting-undo"));
    expect(wishes()).toEqual([
      { kind: "rename", name: "Out of hours", to: "Closed" },
      { kind: "remove", name: "Good morning" },
      { kind: "restore" },
    ]);
  });

  it("is played to callers on answer, or not", async () => {
    const { user, wishes } = await panel(greetingsView({ greetings, onAnswer: "Good morning" }));
    const choice = screen.getByRole("combobox", { name: "Play when I answer" });
    expect(choice).toHaveValue("Good morning");
    await user.selectOptions(choice, "Out of hours");
    await user.selectOptions(choice, "");
    expect(wishes()).toEqual([
      { kind: "playOnAnswer", name: "Out of hours" },
      { kind: "playOnAnswer", name: null },
    ]);
  });

  it("cannot be made during a call, and says why", async () => {
    const { user, wishes } = await panel(greetingsView({ greetings, ready: { kind: "blocked", why: "contactActive" } }));
    await user.click(screen.getByTestId("greeting-record"));
    expect(screen.getByTestId("greeting-record")).toHaveAccessibleDescription(/still active/);
    expect(wishes()).toEqual([]);
  });

  it("hears nothing any more when an offer closes it", async () => {
    const speaking = greetingsView({ studio: { kind: "recording", since: Date.now(), longestMs: 60_000 } });
    const { shell, turn, wishes } = await panel(greetingsView());
    turn(speaking);
    shell.ears?.desk(deskView({ contacts: [ringing(1, null, "…1", null, 9)], popovers: [1] }));
    flushSync();
    expect(screen.queryByTestId("greetings")).toBeNull();
    expect(wishes()).toEqual([{ kind: "stopRecording" }]);
  });

  it("says what did not work", async () => {
    const { turn } = await panel(greetingsView());
    turn(greetingsView({ trouble: "nothingSaid" }));
    expect(screen.getByText(/Nothing was heard/)).toHaveAttribute("role", "alert");
  });
});

describe("call_15 a greeting in a call", () => {
  it("is chosen by key and stopped by the same", async () => {
    const { shell, user } = await open(greetingsView({ greetings }), inCallWith(null));
    await user.keyboard("{Alt>}g{/Alt}");
    expect(screen.getAllByTestId("greeting-play")[0]).toHaveFocus();
    await user.keyboard("{Enter}");
    shell.ears?.desk(inCallWith("Good morning"));
    flushSync();
    expect(screen.getByText("You both hear “Good morning”.")).toHaveAttribute("role", "status");
    await user.click(screen.getByRole("button", { name: "Stop “Good morning”" }));
    await user.keyboard("{Alt>}g{/Alt}");
    expect(shell.sent).toEqual([
      { kind: "greet", contact: 1, name: "Good morning" },
      { kind: "stopGreeting", contact: 1 },
      { kind: "stopGreeting", contact: 1 },
    ]);
  });

  it("has no button where there is none to play", async () => {
    await open(greetingsView(), inCallWith(null));
    expect(screen.queryByTestId("greeting")).toBeNull();
  });
});
