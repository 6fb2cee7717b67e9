// Turns a key's wish into the command a click on the same button would send, and only where that button could be used.
import type { ActionsView, Command, ContactView } from "../types";
import type { Desk } from "../desk.svelte";
import { flushDrafts } from "./draft.svelte";
import { ready } from "../words/action";
import type { Wish } from "./shortcuts";

type CallWish = Exclude<Wish, "dial" | "state" | "keypad" | "noise" | "audio" | "help">;

export async function fulfil(wish: CallWish, desk: Desk): Promise<void> {
  const command = commandFor(wish, desk.selected, desk.offers[0]);
  if (!command) return;
  if (command.kind === "submitWrapUp") await flushDrafts();
  await desk.send(command);
}

/** The command, or nothing where the button is blocked or absent. */
export function commandFor(
  wish: CallWish,
  selected: ContactView | undefined,
  offer: ContactView | undefined,
): Command | undefined {
  const can = (contact: ContactView | undefined, action: keyof ActionsView) =>
    contact && ready(contact.actions[action]) ? contact.id : undefined;
  const make = (kind: "accept" | "decline" | "hold" | "resume" | "end" | "submitWrapUp", contact?: number) =>
    contact === undefined ? undefined : { kind, contact };

  switch (wish) {
    case "accept":
      return make("accept", can(offer, "accept"));
    case "decline":
      return make("decline", can(offer, "decline"));
    case "mute": {
      const contact = can(selected, "mute");
      return contact === undefined ? undefined : { kind: "mute", contact, on: !selected?.muted };
    }
    case "hold":
      return make("resume", can(selected, "resume")) ?? make("hold", can(selected, "hold"));
    case "record": {
      const paused = selected?.connection?.recording.kind === "paused";
      const pause = can(selected, "pauseRecording");
      if (pause !== undefined) return { kind: "pauseRecording", contact: pause, on: !paused };
      const begin = selected?.connection?.recording.kind === "off" ? can(selected, "record") : undefined;
      return begin === undefined ? undefined : { kind: "record", contact: begin, on: true };
    }
    case "greeting": {
      const contact = selected?.connection?.greeting == null ? undefined : can(selected, "greet");
      return contact === undefined ? undefined : { kind: "stopGreeting", contact };
    }
    case "end":
      return make("end", can(selected, "end"));
    case "submit":
      return make("submitWrapUp", can(selected, "submitWrapUp"));
  }
}
