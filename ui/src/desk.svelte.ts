// The desk as this window knows it: the last views the shell sent, and the way to ask for something.
// It decides nothing; a command changes nothing here until the shell answers with a new view.
import type {
  AppView,
  AudioCommand,
  AudioView,
  Command,
  ContactView,
  DeskView,
  GreetingCommand,
  GreetingsView,
  HistoryPage,
  HistoryQuery,
  Levels,
  PracticeCommand,
  SignInRequest,
  TroubleView,
  Shape,
} from "./types";
import type { Outcome, Port } from "./state/port";

/** A command that did not work, kept until the agent puts it away. */
export interface Failure {
  id: number;
  trouble: TroubleView;
}

const SILENCE: Levels = { microphoneDbfs: null, farDbfs: null };

/** What stands in a view before the first snapshot came. */
export function blankDesk(): DeskView {
  return {
    session: { kind: "signedOut", trouble: null },
    state: { label: { kind: "signedOut" }, since: 0, cause: "agent", next: null, change: { kind: "absent" } },
    banners: [],
    contacts: [],
    popovers: [],
    selected: null,
    speaksMuted: null,
    dialog: null,
    notices: [],
    dial: { kind: "absent" },
    wrapUpReasons: [],
    idleCodes: [],
  };
}

function blankAudio(): AudioView {
  return {
    devices: [],
    speaker: null,
    microphone: null,
    ringer: null,
    ringerOn: false,
    speakerVolume: 100,
    microphoneVolume: 100,
    ringerVolume: 100,
    headset: "",
    testing: false,
    processing: {
      echoCancellation: false,
      noiseSuppression: false,
      gainControl: false,
      removalSent: false,
      removalHeard: false,
      sidetonePercent: 0,
      earLimitDbfs: 0,
    },
    managed: [],
  };
}

function blankGreetings(): GreetingsView {
  return {
    greetings: [],
    onAnswer: null,
    studio: { kind: "empty" },
    listening: { kind: "nothing" },
    ready: { kind: "ready" },
    removed: null,
    trouble: null,
  };
}

function blankApp(): AppView {
  return { version: "", practiceScripts: [], rememberedAccount: null, organisation: null, configTrouble: null };
}

export class Desk {
  /** Whether the first snapshot is here. */
  ready = $state(false);
  view = $state.raw(blankDesk());
  audioView = $state.raw(blankAudio());
  greetingsView = $state.raw(blankGreetings());
  app = $state.raw(blankApp());
  levels = $state.raw(SILENCE);
  failures = $state.raw<Failure[]>([]);

  #port: Port | undefined;
  #nextFailure = 1;

  /** The contact whose panel is open. */
  get selected(): ContactView | undefined {
    return this.contact(this.view.selected);
  }

  /** Offers that want a popover, topmost first. */
  get offers(): ContactView[] {
    return this.view.popovers.map((id) => this.contact(id)).filter((contact) => contact !== undefined);
  }

  get practising(): boolean {
    const { session } = this.view;
    return session.kind === "signedIn" && session.practice;
  }

  contact(id: number | null): ContactView | undefined {
    return this.view.contacts.find((contact) => contact.id === id);
  }

  /** Joins the shell. A reloaded window comes through here too and misses nothing. */
  async connect(port: Port): Promise<void> {
    this.#port = port;
    let newer = { desk: false, audio: false, greetings: false, app: false };
    await port.listen({
      desk: (view) => ((this.view = view), (newer.desk = true)),
      audio: (view) => ((this.audioView = view), (newer.audio = true)),
      greetings: (view) => ((this.greetingsView = view), (newer.greetings = true)),
      app: (view) => ((this.app = view), (newer.app = true)),
      levels: (levels) => (this.levels = levels),
    });
    const snapshot = await port.snapshot();
    if (snapshot.status === "ok") {
      // An event that overtook the answer is the newer of the two.
      if (!newer.desk) this.view = snapshot.data.desk;
      if (!newer.audio) this.audioView = snapshot.data.audio;
      if (!newer.greetings) this.greetingsView = snapshot.data.greetings;
      if (!newer.app) this.app = snapshot.data.app;
    } else {
      this.#fail(snapshot.error);
    }
    this.ready = true;
  }

  send(command: Command): Promise<boolean> {
    return this.#ask((port) => port.send(command));
  }

  signIn(request: SignInRequest): Promise<boolean> {
    return this.#ask((port) => port.signIn(request));
  }

  audio(command: AudioCommand): Promise<boolean> {
    return this.#ask((port) => port.audio(command));
  }

  greetings(command: GreetingCommand): Promise<boolean> {
    return this.#ask((port) => port.greetings(command));
  }

  practice(command: PracticeCommand): Promise<boolean> {
    return this.#ask((port) => port.practice(command));
  }

  setShape(shape: Shape): Promise<boolean> {
    return this.#ask((port) => port.setShape(shape));
  }

  async history(query: HistoryQuery): Promise<HistoryPage | undefined> {
    if (!this.#port) return undefined;
    return this.#unwrap(await this.#port.history(query));
  }

  putAway(failure: number): void {
    this.failures = this.failures.filter((entry) => entry.id !== failure);
  }

  async #ask(what: (port: Port) => Promise<Outcome<null>>): Promise<boolean> {
    if (!this.#port) return false;
    return this.#unwrap(await what(this.#port)) !== undefined;
  }

  #unwrap<T>(outcome: Outcome<T>): T | undefined {
    if (outcome.status === "ok") return outcome.data;
    this.#fail(outcome.error);
    return undefined;
  }

  #fail(trouble: TroubleView): void {
    this.failures = [...this.failures, { id: this.#nextFailure++, trouble }].slice(-5);
  }
}

/** The one desk of this window. */
export const desk = new Desk();
