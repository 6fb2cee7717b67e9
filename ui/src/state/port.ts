// What the window needs from the shell, and nothing more: the real shell, the preview and the tests each stand behind it.
import type {
  AppView,
  AudioCommand,
  AudioView,
  Command,
  DeskView,
  GreetingCommand,
  GreetingsView,
  HistoryPage,
  HistoryQuery,
  Levels,
  PracticeCommand,
  SignInRequest,
  Snapshot,
  TroubleView,
  Shape,
} from "../types";

/** Either what was asked for, or what went wrong in a form that can be worded. */
export type Outcome<T> = { status: "ok"; data: T } | { status: "error"; error: TroubleView };

/** What the shell tells by itself. */
export interface Ears {
  desk(view: DeskView): void;
  audio(view: AudioView): void;
  greetings(view: GreetingsView): void;
  app(view: AppView): void;
  levels(levels: Levels): void;
}

export interface Port {
  /** Listen first, then ask for a snapshot, so that nothing falls between the two. */
  listen(ears: Ears): Promise<void>;
  snapshot(): Promise<Outcome<Snapshot>>;
  send(command: Command): Promise<Outcome<null>>;
  signIn(request: SignInRequest): Promise<Outcome<null>>;
  history(query: HistoryQuery): Promise<Outcome<HistoryPage>>;
  audio(command: AudioCommand): Promise<Outcome<null>>;
  greetings(command: GreetingCommand): Promise<Outcome<null>>;
  practice(command: PracticeCommand): Promise<Outcome<null>>;
  setShape(shape: Shape): Promise<Outcome<null>>;
}
