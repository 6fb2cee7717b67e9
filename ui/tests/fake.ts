// A shell that remembers what it was asked and says what the test tells it to.
import type { AppView, AudioView, Command, DeskView, GreetingsView, HistoryQuery, HistoryRowView } from "../src/types";
import { Desk, desk } from "../src/desk.svelte";
import { appView, audioView, deskView, greetingsView } from "../src/preview/fixtures";
import type { Ears, Outcome, Port } from "../src/state/port";

export class FakeShell implements Port {
  sent: Command[] = [];
  asked: unknown[] = [];
  ears: Ears | undefined;
  rows: HistoryRowView[] = [];
  /** What the next command comes back with. */
  answer: Outcome<null> = { status: "ok", data: null };
  view: DeskView;
  audioNow: AudioView = audioView();
  greetingsNow: GreetingsView = greetingsView();
  appNow: AppView = appView();

  constructor(view: DeskView = deskView()) {
    this.view = view;
  }

  listen(ears: Ears) {
    this.ears = ears;
    return Promise.resolve();
  }
  snapshot() {
    return Promise.resolve({
      status: "ok" as const,
      data: { desk: this.view, audio: this.audioNow, greetings: this.greetingsNow, app: this.appNow },
    });
  }
  send(command: Command) {
    this.sent.push(command);
    return Promise.resolve(this.answer);
  }
  history({ before, limit }: HistoryQuery) {
    const from = Number(before ?? 0);
    const next = from + limit < this.rows.length ? String(from + limit) : null;
    return Promise.resolve({ status: "ok" as const, data: { rows: this.rows.slice(from, from + limit), next } });
  }
  signIn = (request: unknown) => this.#ask(request);
  audio = (command: unknown) => this.#ask(command);
  greetings = (command: unknown) => this.#ask(command);
  practice = (command: unknown) => this.#ask(command);
  setShape = (shape: unknown) => this.#ask(shape);

  #ask(what: unknown) {
    this.asked.push(what);
    return Promise.resolve(this.answer);
  }
}

/** The window's own desk, joined to a fake shell that shows `view`. */
export async function deskShowing(view: DeskView): Promise<FakeShell> {
  const shell = new FakeShell(view);
  await desk.connect(shell);
  return shell;
}

/** A desk of its own. */
export async function newDesk(view?: DeskView): Promise<{ desk: Desk; shell: FakeShell }> {
  const shell = new FakeShell(view);
  const own = new Desk();
  await own.connect(shell);
  return { desk: own, shell };
}
