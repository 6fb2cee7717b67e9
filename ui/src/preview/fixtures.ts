// Made-up views for looking at the window without a shell. Names and numbers are fictional.
import type {
  ActionsView,
  ActionView,
  AppView,
  AudioView,
  CodeView,
  ConnectionView,
  ContactView,
  DeskView,
  GreetingsView,
  HistoryRowView,
  QualityView,
  SoundProblem,
  SoundSummary,
  OutcomeView,
} from "../types";

export const READY: ActionView = { kind: "ready" };
export const ABSENT: ActionView = { kind: "absent" };
const MINUTE = 60_000;
const now = Date.now();

export const ago = (seconds: number) => now - seconds * 1000;
export const ahead = (seconds: number) => now + seconds * 1000;

const NOTHING: ActionsView = {
  accept: ABSENT,
  decline: ABSENT,
  hold: ABSENT,
  resume: ABSENT,
  mute: ABSENT,
  keypad: ABSENT,
  record: ABSENT,
  pauseRecording: ABSENT,
  greet: ABSENT,
  end: ABSENT,
  submitWrapUp: ABSENT,
  extendWrapUp: ABSENT,
};

export const reasons: CodeView[] = [
  { id: "resolved", label: "Resolved", path: ["Billing"] },
  { id: "refund", label: "Refund agreed", path: ["Billing"] },
  { id: "dispute", label: "Invoice disputed", path: ["Billing"] },
  { id: "fixed", label: "Fixed on the phone", path: ["Technical"] },
  { id: "visit", label: "Technician booked", path: ["Technical"] },
  { id: "callback", label: "Will call back", path: [] },
  { id: "wrong", label: "Wrong number", path: [] },
];

const idleCodes: CodeView[] = [
  { id: "lunch", label: "Lunch", path: [] },
  { id: "meeting", label: "Team meeting", path: [] },
  { id: "training", label: "Training", path: [] },
];

export function deskView(change: Partial<DeskView> = {}): DeskView {
  return {
    session: { kind: "signedIn", account: "anna@phone.example.com", practice: false, signOut: READY },
    state: { label: { kind: "available" }, since: ago(761), cause: "agent", next: null, change: READY },
    banners: [],
    contacts: [],
    popovers: [],
    selected: null,
    speaksMuted: null,
    dialog: null,
    notices: [],
    dial: READY,
    wrapUpReasons: reasons,
    idleCodes,
    ...change,
  };
}

/** Two who talk, with what runs beside. */
export const connected = (change: Partial<ConnectionView> = {}): ConnectionView => ({
  since: ago(192),
  privacy: "encrypted",
  recording: { kind: "off" },
  greeting: null,
  ...change,
});

export function contactView(change: Partial<ContactView> = {}): ContactView {
  return {
    id: 1,
    line: 1,
    direction: "inbound",
    party: { name: "Katarzyna Nowak", number: "…4417" },
    queue: "Billing",
    dnis: null,
    variables: [
      { label: "Account", value: "40 118 220" },
      { label: "Plan", value: "Business Fibre 1000" },
      { label: "Language", value: "Polish, English" },
    ],
    phase: { kind: "connected" },
    since: ago(192),
    connection: connected(),
    muted: false,
    quality: null,
    actions: NOTHING,
    wrapUp: null,
    ...change,
  };
}

export const ringing = (id: number, name: string | null, number: string, queue: string | null, left: number) =>
  contactView({
    id,
    line: id,
    party: { name, number },
    queue,
    dnis: "+48 800 100 200",
    phase: { kind: "ringing", deadline: ahead(left) },
    since: ahead(left - 20),
    connection: null,
    actions: { ...NOTHING, accept: READY, decline: READY },
  });

export const badSound: QualityView = {
  lossPercent: 7.3,
  remoteLossPercent: 5.1,
  jitterMs: 31,
  roundTripMs: 64,
  delayMs: 188,
  bufferMs: 112,
  mos: 2.7,
  grade: "bad",
  codec: "opus",
  receiving: true,
  problem: "wirelessDrops",
};

export const inCall = (change: Partial<ContactView> = {}) =>
  contactView({
    quality: {
      lossPercent: 0.2,
      remoteLossPercent: 0,
      jitterMs: 4.1,
      roundTripMs: 38,
      delayMs: 92,
      bufferMs: 41,
      mos: 4.3,
      grade: "good",
      codec: "opus",
      receiving: true,
      problem: null,
    },
    actions: { ...NOTHING, hold: READY, mute: READY, keypad: READY, end: READY },
    wrapUp: { reason: null, notes: "Asks about the invoice of October.", mandatory: true, saved: true },
    ...change,
  });

/** A call that is recorded, or was a moment ago. */
export const recorded = (recording: ConnectionView["recording"], pauseRecording: ActionView = READY) => {
  const call = inCall({ connection: connected({ recording }) });
  return { ...call, actions: { ...call.actions, pauseRecording } };
};

export const onHold = (change: Partial<ContactView> = {}) =>
  inCall({
    phase: { kind: "onHold", byUs: true, byThem: false },
    since: ago(42),
    actions: {
      ...NOTHING,
      resume: READY,
      mute: { kind: "blocked", why: "onHold" },
      keypad: { kind: "blocked", why: "onHold" },
      end: { kind: "blocked", why: "onHold" },
    },
    ...change,
  });

export const wrapping = (reason: string | null) =>
  inCall({
    phase: { kind: "wrapUp", deadline: ahead(84), ended: { kind: "byParty" } },
    since: ago(36),
    quality: null,
    wrapUp: { reason, notes: "Asks about the invoice of October. Credit of 40 agreed.", mandatory: true, saved: true },
    actions: {
      ...NOTHING,
      submitWrapUp: reason ? READY : { kind: "blocked", why: "reasonMissing" },
      extendWrapUp: READY,
    },
  });

export function audioView(change: Partial<AudioView> = {}): AudioView {
  return {
    devices: [
      { id: "hs-out", name: "Jabra Evolve2 65", kind: "output", isDefault: true },
      { id: "hs-in", name: "Jabra Evolve2 65", kind: "input", isDefault: true },
      { id: "room", name: "Built-in Speakers", kind: "output", isDefault: false },
      { id: "cam", name: "Webcam Microphone", kind: "input", isDefault: false },
    ],
    speaker: null,
    microphone: "hs-in",
    ringer: "room",
    ringerOn: true,
    speakerVolume: 72,
    microphoneVolume: 90,
    ringerVolume: 60,
    headset: "Jabra Evolve2 65",
    testing: false,
    processing: {
      echoCancellation: true,
      noiseSuppression: true,
      gainControl: true,
      removalSent: false,
      removalHeard: true,
      sidetonePercent: 15,
      earLimitDbfs: -6,
    },
    managed: [],
    ...change,
  };
}

export const greetings = [
  { name: "Good morning", lengthMs: 4200 },
  { name: "Good afternoon, support in English", lengthMs: 5650 },
  { name: "Out of hours", lengthMs: 11_300 },
];

export function greetingsView(change: Partial<GreetingsView> = {}): GreetingsView {
  return {
    greetings: [],
    onAnswer: null,
    studio: { kind: "empty" },
    listening: { kind: "nothing" },
    ready: READY,
    removed: null,
    trouble: null,
    ...change,
  };
}

/** Five seconds, the words between 0.9 and 4.3. */
export const draft: GreetingsView["studio"] = {
  kind: "draft",
  lengthMs: 5000,
  fromMs: 850,
  toMs: 4450,
  bars: Array.from({ length: 96 }, (_, at) =>
    at < 18 || at > 83 ? 3 : Math.round(38 + 30 * Math.abs(Math.sin(at * 0.55)) + 22 * Math.sin(at * 1.7)),
  ),
};

export function appView(change: Partial<AppView> = {}): AppView {
  return {
    version: "0.1.0",
    practiceScripts: [],
    rememberedAccount: null,
    organisation: null,
    configTrouble: null,
    ...change,
  };
}

export const practiceScripts = [
  { id: "invoice", title: "A question about an invoice", about: "Friendly, two minutes, speaks in whole sentences." },
  { id: "impatient", title: "An impatient caller", about: "Gives up when it rings longer than eight seconds." },
  { id: "quiet", title: "A quiet line", about: "Speaks very softly; good for setting the volume." },
  { id: "keypad", title: "An account number by keypad", about: "Waits for the keys you press." },
];

const names = ["Katarzyna Nowak", "Jean Lefèvre", "Giulia Rossi", "Tomasz Wiśniewski", "Emma Clarke", null, "Noah Weber"];
const outcomes: OutcomeView[] = ["answered", "answered", "missed", "placed", "answered", "abandoned", "notAnswered", "declined"];
const queues = ["Billing", "Support", null, "Sales"];
const notes = ["", "", "Credit of 40 agreed; sent by mail.", "", "Wants a call on Monday."];

const wrong: (SoundProblem | null)[] = [null, null, null, "wirelessDrops", null, "delay"];

function sounded(index: number): SoundSummary {
  const problem = wrong[index % wrong.length] ?? null;
  return {
    codec: index % 3 ? "opus" : "PCMA",
    mos: problem ? 2.9 + (index % 3) * 0.4 : 4.3,
    lossPercent: problem === "wirelessDrops" ? 6.4 : 0.1,
    remoteLossPercent: index % 4 ? 0.3 : null,
    jitterMs: 5,
    roundTripMs: problem === "delay" ? 610 : 42,
    delayMs: problem === "delay" ? 395 : 96,
    problem,
    problemS: problem ? 31 : 0,
  };
}

/** One past contact; the same `index` is always the same. */
export function historyRow(index: number): HistoryRowView {
  const outcome = outcomes[index % outcomes.length] ?? "answered";
  const talked = outcome === "answered" || outcome === "placed";
  const startedAt = now - (index + 1) * 37 * MINUTE;
  return {
    key: `row-${index}`,
    direction: outcome === "placed" || outcome === "notAnswered" ? "outbound" : "inbound",
    party: { name: names[index % names.length] ?? null, number: `+48 22 555 ${String(1000 + (index % 9000))}` },
    queue: queues[index % queues.length] ?? null,
    startedAt,
    connectedAt: talked ? startedAt + 8000 : null,
    endedAt: startedAt + 8000 + (index % 11) * 41_000 + 23_000,
    outcome,
    reason: talked ? (reasons[index % reasons.length]?.label ?? null) : null,
    notes: talked ? (notes[index % notes.length] ?? "") : "",
    sounded: talked ? sounded(index) : null,
  };
}
