// The keys that work anywhere in the window: what they are called, and which wish a key press is.
import { m } from "../paraglide/messages";

export type Wish =
  | "dial"
  | "state"
  | "accept"
  | "decline"
  | "mute"
  | "hold"
  | "keypad"
  | "noise"
  | "record"
  | "greeting"
  | "end"
  | "submit"
  | "audio"
  | "help";

interface Shortcut {
  keys: string;
  wish: Wish;
  name: () => string;
}

export const SHORTCUTS: Shortcut[] = [
  { keys: "/", wish: "dial", name: m.shortcut_dial },
  { keys: "Alt+S", wish: "state", name: m.shortcut_state },
  { keys: "Alt+A", wish: "accept", name: m.shortcut_accept },
  { keys: "Alt+D", wish: "decline", name: m.shortcut_decline },
  { keys: "Alt+M", wish: "mute", name: m.shortcut_mute },
  { keys: "Alt+H", wish: "hold", name: m.shortcut_hold },
  { keys: "Alt+K", wish: "keypad", name: m.shortcut_keypad },
  { keys: "Alt+N", wish: "noise", name: m.shortcut_noise },
  { keys: "Alt+R", wish: "record", name: m.shortcut_record },
  { keys: "Alt+G", wish: "greeting", name: m.shortcut_greeting },
  { keys: "Alt+E", wish: "end", name: m.shortcut_end },
  { keys: "Ctrl+Enter", wish: "submit", name: m.shortcut_submit },
  { keys: "Alt+O", wish: "audio", name: m.shortcut_audio },
  { keys: "?", wish: "help", name: m.shortcut_help },
];

/** The letter pressed. Where Alt makes another sign of it (macOS), the place of the key counts. */
const letter = (event: KeyboardEvent) =>
  /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.replace(/^Key/, "");

const writes = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The wish a key press stands for. Plain keys mean nothing while text is being written. */
export function wishOf(event: KeyboardEvent): Wish | undefined {
  if (event.repeat || event.isComposing || event.getModifierState("AltGraph")) return undefined;
  let pressed: string | undefined;
  if (event.altKey && !event.ctrlKey && !event.metaKey) pressed = `Alt+${letter(event)}`;
  else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") pressed = "Ctrl+Enter";
  else if (!event.ctrlKey && !event.metaKey && !writes(event.target)) pressed = event.key;
  return SHORTCUTS.find((shortcut) => shortcut.keys === pressed)?.wish;
}
