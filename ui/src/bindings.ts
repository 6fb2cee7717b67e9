// The bridge to the shell, in the shape in which the shell's own test generates it.
import { invoke as __TAURI_INVOKE } from "@tauri-apps/api/core";
import * as __TAURI_EVENT from "@tauri-apps/api/event";

/** Commands */
export const commands = {
  snapshot: () => typedError<Snapshot, TroubleView>(__TAURI_INVOKE("snapshot")),
  send: (command: Command) => typedError<null, TroubleView>(__TAURI_INVOKE("send", { command })),
  signIn: (request: SignInRequest) => typedError<null, TroubleView>(__TAURI_INVOKE("sign_in", { request })),
  history: (query: HistoryQuery) => typedError<HistoryPage, TroubleView>(__TAURI_INVOKE("history", { query })),
  audio: (command: AudioCommand) => typedError<null, TroubleView>(__TAURI_INVOKE("audio", { command })),
  practice: (command: PracticeCommand) => typedError<null, TroubleView>(__TAURI_INVOKE("practice", { command })),
  setShape: (shape: Shape) => typedError<null, TroubleView>(__TAURI_INVOKE("set_shape", { shape })),
};

/** Events */
export const events = {
  appChanged: makeEvent<AppChanged>("app-changed"),
  audioChanged: makeEvent<AudioChanged>("audio-changed"),
  deskChanged: makeEvent<DeskChanged>("desk-changed"),
  levelsChanged: makeEvent<LevelsChanged>("levels-changed"),
};

/* Types */
export type UnixMillis = number;
export type ContactId = number;
export type CodeId = string;
export type TrackingId = string;

export type AppChanged = AppView;
export type AudioChanged = AudioView;
export type DeskChanged = DeskView;
export type LevelsChanged = Levels;

export type Snapshot = { desk: DeskView; audio: AudioView; app: AppView };

export type DeskView = {
  session: SessionView;
  state: StateView;
  banners: BannerView[];
  contacts: ContactView[];
  popovers: ContactId[];
  selected: ContactId | null;
  dialog: DialogView | null;
  notices: NoticeView[];
  dial: ActionView;
  wrapUpReasons: CodeView[];
  idleCodes: CodeView[];
};

export type SessionView =
  | { kind: "signedOut"; trouble: TroubleView | null }
  | { kind: "signingIn"; account: string; practice: boolean }
  | { kind: "signedIn"; account: string; practice: boolean; signOut: ActionView };

export type StateView = {
  label: StateLabel;
  since: UnixMillis;
  cause: CauseView;
  next: ChoiceView | null;
  change: ActionView;
};

export type StateLabel =
  | { kind: "signedOut" }
  | { kind: "available" }
  | { kind: "offered" }
  | { kind: "engaged" }
  | { kind: "wrapUp" }
  | { kind: "idle"; code: CodeId | null }
  | { kind: "rona" };

export type ChoiceView = { kind: "available" } | { kind: "idle"; code: CodeId | null };

export type CauseView =
  | "agent"
  | "supervisor"
  | "signIn"
  | "rona"
  | "contact"
  | "timer"
  | "registrationLost"
  | "deviceLost"
  | "emergency"
  | "restored";

export type BannerView = { what: BannerKind; since: UnixMillis };

export type BannerKind =
  | { kind: "registrationLost"; trouble: TroubleView }
  | { kind: "noMicrophone" }
  | { kind: "noSpeaker" }
  | { kind: "storeUnavailable"; trouble: TroubleView };

export type TroubleView = { what: TroubleKind; tracking: TrackingId };

export type TroubleKind =
  | { kind: "wrongPassword" }
  | { kind: "unknownAccount" }
  | { kind: "unreachable"; server: string }
  | { kind: "refused"; code: number }
  | { kind: "busy" }
  | { kind: "noAnswer" }
  | { kind: "notFound" }
  | { kind: "declined" }
  | { kind: "noCommonCodec" }
  | { kind: "badEntry"; field: string; reason: string }
  | { kind: "noKeychain" }
  | { kind: "other"; detail: string };

export type ContactView = {
  id: ContactId;
  line: number;
  direction: Direction;
  party: PartyView;
  queue: string | null;
  dnis: string | null;
  variables: VariableView[];
  phase: PhaseView;
  since: UnixMillis;
  connectedAt: UnixMillis | null;
  muted: boolean;
  quality: QualityView | null;
  actions: ActionsView;
  wrapUp: WrapUpView | null;
};

export type Direction = "inbound" | "outbound";
export type PartyView = { name: string | null; number: string };
export type VariableView = { label: string; value: string };

export type PhaseView =
  | { kind: "connecting" }
  | { kind: "ringing"; deadline: UnixMillis }
  | { kind: "answering" }
  | { kind: "dialing" }
  | { kind: "ringingThere" }
  | { kind: "connected" }
  | { kind: "onHold"; byUs: boolean; byThem: boolean }
  | { kind: "wrapUp"; deadline: UnixMillis | null; ended: EndedView };

export type EndedView = { kind: "byAgent" } | { kind: "byParty" } | { kind: "failed"; trouble: TroubleView };

export type QualityView = {
  lossPercent: number | null;
  jitterMs: number | null;
  roundTripMs: number | null;
  grade: Grade;
  codec: string;
  receiving: boolean;
};

export type Grade = "good" | "fair" | "bad";

export type ActionView = { kind: "ready" } | { kind: "busy" } | { kind: "blocked"; why: Why } | { kind: "absent" };

export type ActionsView = {
  accept: ActionView;
  decline: ActionView;
  hold: ActionView;
  resume: ActionView;
  mute: ActionView;
  keypad: ActionView;
  end: ActionView;
  submitWrapUp: ActionView;
  extendWrapUp: ActionView;
};

export type Why =
  | "notSignedIn"
  | "registrationLost"
  | "onHold"
  | "notConnected"
  | "contactActive"
  | "wrapUpPending"
  | "offerOnScreen"
  | "anotherInProgress"
  | "reasonMissing"
  | "notAllowed"
  | "enterNumber";

export type WrapUpView = { reason: CodeId | null; notes: string; mandatory: boolean; saved: boolean };
export type CodeView = { id: CodeId; label: string; path: string[] };
export type DialogView = { kind: "rona"; party: PartyView; queue: string | null };
export type NoticeView = { id: number; at: UnixMillis; what: NoticeKind };

export type NoticeKind =
  | { kind: "abandoned"; party: PartyView }
  | { kind: "answeredElsewhere"; party: PartyView }
  | { kind: "callFailed"; party: PartyView; trouble: TroubleView }
  | { kind: "failed"; trouble: TroubleView }
  | { kind: "wrapUpExpired"; party: PartyView }
  | { kind: "dialCleaned"; dropped: string };

export type Command =
  | { kind: "setState"; to: ChoiceView }
  | { kind: "select"; contact: ContactId }
  | { kind: "accept"; contact: ContactId }
  | { kind: "decline"; contact: ContactId }
  | { kind: "dial"; target: string }
  | { kind: "hold"; contact: ContactId }
  | { kind: "resume"; contact: ContactId }
  | { kind: "mute"; contact: ContactId; on: boolean }
  | { kind: "key"; contact: ContactId; key: string }
  | { kind: "end"; contact: ContactId }
  | { kind: "chooseReason"; contact: ContactId; reason: CodeId | null }
  | { kind: "writeNotes"; contact: ContactId; notes: string }
  | { kind: "submitWrapUp"; contact: ContactId }
  | { kind: "extendWrapUp"; contact: ContactId }
  | { kind: "answerRona"; goAvailable: boolean }
  | { kind: "dismiss"; notice: number }
  | { kind: "signOut" };

export type TransportChoice = "udp" | "tcp";

export type SignInRequest =
  | { kind: "practice" }
  | {
      kind: "account";
      address: string;
      displayName: string;
      authUser: string;
      password: string;
      transport: TransportChoice;
      remember: boolean;
    }
  | { kind: "remembered" };

export type HistoryFilter = "all" | "missed" | "answered" | "placed";
export type HistoryQuery = { before: string | null; limit: number; filter: HistoryFilter; text: string };
export type HistoryPage = { rows: HistoryRowView[]; next: string | null };

export type HistoryRowView = {
  key: string;
  direction: Direction;
  party: PartyView;
  queue: string | null;
  startedAt: UnixMillis;
  connectedAt: UnixMillis | null;
  endedAt: UnixMillis;
  outcome: OutcomeView;
  reason: string | null;
  notes: string;
};

export type OutcomeView =
  | "answered"
  | "missed"
  | "declined"
  | "abandoned"
  | "answeredElsewhere"
  | "failed"
  | "placed"
  | "notAnswered";

export type AudioView = {
  devices: DeviceView[];
  speaker: string | null;
  microphone: string | null;
  ringer: string | null;
  ringerOn: boolean;
  speakerVolume: number;
  microphoneVolume: number;
  ringerVolume: number;
  headset: string;
  testing: boolean;
};

export type DeviceView = { id: string; name: string; kind: DeviceKind; isDefault: boolean };
export type DeviceKind = "input" | "output";

export type AudioCommand =
  | { kind: "chooseSpeaker"; device: string | null }
  | { kind: "chooseMicrophone"; device: string | null }
  | { kind: "chooseRinger"; device: string | null }
  | { kind: "setSpeakerVolume"; percent: number }
  | { kind: "setMicrophoneVolume"; percent: number }
  | { kind: "setRingerVolume"; percent: number }
  | { kind: "setRinger"; on: boolean }
  | { kind: "testSpeaker" }
  | { kind: "testRinger" }
  | { kind: "watchLevels"; on: boolean }
  | { kind: "refresh" };

export type PracticeCommand = { kind: "play"; script: string } | { kind: "rushHour" };
export type ScriptView = { id: string; title: string; about: string };
export type ConfigTrouble = { file: string; line: number; reason: string };

export type AppView = {
  version: string;
  practiceScripts: ScriptView[];
  rememberedAccount: string | null;
  organisation: string | null;
  configTrouble: ConfigTrouble | null;
};

export type Levels = { microphoneDbfs: number | null; farDbfs: number | null };
export type Shape = "dock" | "wide";

/* Runtime */
async function typedError<T, E>(
  result: Promise<T>,
): Promise<{ status: "ok"; data: T } | { status: "error"; error: E }> {
  try {
    return { status: "ok", data: await result };
  } catch (e) {
    if (e instanceof Error) throw e;
    return { status: "error", error: e as E };
  }
}

function makeEvent<T>(name: string) {
  return { listen: (cb: __TAURI_EVENT.EventCallback<T>) => __TAURI_EVENT.listen<T>(name, cb) };
}
