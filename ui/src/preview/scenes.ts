// The scenes the preview can show: `preview.html?scene=<name>`.
import type { AppView, AudioView, ContactView, DeskView, GreetingsView } from "../types";
import * as fix from "./fixtures";

export interface Scene {
  desk: DeskView;
  audio?: AudioView;
  greetings?: GreetingsView;
  app?: AppView;
  /** How many rows the history has. */
  past?: number;
}

const signedOut = { session: { kind: "signedOut", trouble: null } as const, state: state("signedOut") };

function state(kind: "signedOut" | "offered" | "engaged" | "wrapUp" | "rona", seconds = 7): DeskView["state"] {
  return { label: { kind }, since: fix.ago(seconds), cause: "contact", next: null, change: fix.READY };
}

const callers = ["Katarzyna Nowak", "Jean Lefèvre", null, "Giulia Rossi", "Emma Clarke", "Tomasz Wiśniewski", null];
const many = callers.map((name, index) =>
  fix.ringing(index + 1, name, `…${4417 + index * 31}`, index % 2 ? "Support" : "Billing", 12 + index),
);
const practising: Partial<DeskView> = {
  session: { kind: "signedIn", account: "practice", practice: true, signOut: fix.READY },
};

const byHand = { ...fix.inCall(), actions: { ...fix.inCall().actions, record: fix.READY } };
const recording = (contact: ContactView, notices: DeskView["notices"] = []): Scene => ({
  desk: fix.deskView({ state: state("engaged", 192), contacts: [contact], selected: 1, notices }),
  past: 40,
});

const studio = (change: Partial<GreetingsView>): Scene => ({
  desk: fix.deskView(),
  greetings: fix.greetingsView(change),
  past: 40,
});
const greeted = (greeting: string | null) => {
  const call = fix.inCall({ connection: fix.connected({ greeting, recording: { kind: "on", since: fix.ago(187) } }) });
  return { ...call, actions: { ...call.actions, greet: fix.READY, pauseRecording: fix.READY } };
};

export const scenes: Record<string, Scene> = {
  "first-run": { desk: fix.deskView(signedOut), app: fix.appView() },
  "first-run-trouble": {
    desk: fix.deskView({
      ...signedOut,
      session: { kind: "signedOut", trouble: { what: { kind: "wrongPassword" }, tracking: "K7QX" } },
    }),
    app: fix.appView({
      rememberedAccount: "anna@phone.example.com",
      organisation: {
        organisation: "northwind.example",
        address: "sip:4417@northwind.example",
        displayName: "",
        authUser: "",
        servers: ["sip.northwind.example"],
        transport: "tcp",
      },
      configTrouble: { file: "/etc/sidetone/desk.toml", line: 14, reason: "unknown key `quue`" },
    }),
  },
  idle: { desk: fix.deskView(), past: 40 },
  practice: {
    desk: fix.deskView({
      ...practising,
      state: { label: { kind: "idle", code: null }, since: fix.ago(9), cause: "signIn", next: null, change: fix.READY },
    }),
    app: fix.appView({ practiceScripts: fix.practiceScripts }),
    past: 3,
  },
  connecting: {
    desk: fix.deskView({
      state: state("offered", 1),
      contacts: [fix.contactView({ phase: { kind: "connecting" }, since: fix.ago(1), connection: null })],
      popovers: [1],
    }),
    past: 40,
  },
  ringing: {
    desk: fix.deskView({
      state: state("offered"),
      contacts: [fix.ringing(1, "Katarzyna Nowak", "…4417", "Billing", 13)],
      popovers: [1],
    }),
    past: 40,
  },
  seven: {
    desk: fix.deskView({ state: state("offered"), contacts: many, popovers: many.map((contact) => contact.id) }),
    past: 40,
  },
  call: {
    desk: fix.deskView({
      state: { ...state("engaged", 192), next: { kind: "idle", code: "lunch" } },
      contacts: [fix.inCall()],
      selected: 1,
    }),
    past: 40,
  },
  "bad-sound": {
    desk: fix.deskView({ state: state("engaged", 192), contacts: [fix.inCall({ quality: fix.badSound })], selected: 1 }),
    past: 40,
  },
  muted: {
    desk: fix.deskView({ state: state("engaged", 192), contacts: [fix.inCall({ muted: true })], selected: 1 }),
    past: 40,
  },
  "talking-muted": {
    desk: fix.deskView({
      state: state("engaged", 192),
      contacts: [fix.inCall({ muted: true })],
      selected: 1,
      speaksMuted: 1,
    }),
    past: 40,
  },
  recording: recording(fix.recorded({ kind: "on", since: fix.ago(187) })),
  "recording-paused": recording(fix.recorded({ kind: "paused", since: fix.ago(12), resumes: fix.ahead(48) })),
  "recording-conference": recording(
    fix.recorded({ kind: "on", since: fix.ago(187) }, { kind: "blocked", why: "inConference" }),
  ),
  "recording-by-hand": recording(byHand),
  "recording-failed": recording(byHand, [
    {
      id: 1,
      at: fix.ago(3),
      what: { kind: "failed", trouble: { what: { kind: "notRecorded", problem: "full" }, tracking: "R7DK" } },
    },
    { id: 2, at: fix.ago(1), what: { kind: "recordingsMended", count: 2 } },
  ]),
  greetings: studio({ greetings: fix.greetings, onAnswer: "Good morning" }),
  "greetings-none": studio({}),
  "greetings-speaking": studio({
    greetings: fix.greetings,
    studio: { kind: "recording", since: fix.ago(7), longestMs: 60_000 },
  }),
  "greetings-draft": studio({ greetings: fix.greetings, studio: fix.draft }),
  "greetings-removed": studio({ greetings: fix.greetings.slice(1), removed: "Good morning", trouble: "nothingSaid" }),
  "greetings-in-call": {
    ...studio({ greetings: fix.greetings, ready: { kind: "blocked", why: "contactActive" } }),
    desk: fix.deskView({ state: state("engaged", 192), contacts: [greeted(null)], selected: 1 }),
  },
  "greeting-playing": {
    ...studio({ greetings: fix.greetings }),
    desk: fix.deskView({ state: state("engaged", 192), contacts: [greeted("Good morning")], selected: 1 }),
  },
  "volumes-low": {
    desk: fix.deskView({
      state: state("engaged", 192),
      banners: [
        { what: { kind: "microphoneLow" }, since: fix.ago(3) },
        { what: { kind: "speakerLow" }, since: fix.ago(3) },
      ],
      contacts: [fix.inCall()],
      selected: 1,
    }),
    audio: fix.audioView({ speakerVolume: 4, microphoneVolume: 2 }),
    past: 40,
  },
  hold: {
    desk: fix.deskView({
      state: state("engaged", 192),
      contacts: [
        fix.onHold(),
        fix.inCall({ id: 2, line: 2, party: { name: null, number: "+48 22 555 01 90" }, queue: null, since: fix.ago(31), connection: fix.connected({ since: fix.ago(31), privacy: "weak" }) }),
      ],
      selected: 1,
    }),
    past: 40,
  },
  second: {
    desk: fix.deskView({
      state: state("engaged", 192),
      contacts: [fix.inCall(), fix.ringing(2, "Jean Lefèvre", "…0190", "Support", 15)],
      popovers: [2],
      selected: 1,
    }),
    past: 40,
  },
  "wrap-up": {
    desk: fix.deskView({ state: state("wrapUp", 36), contacts: [fix.wrapping(null)], selected: 1 }),
    past: 40,
  },
  "wrap-up-chosen": {
    desk: fix.deskView({ state: state("wrapUp", 36), contacts: [fix.wrapping("refund")], selected: 1 }),
    past: 40,
  },
  rona: {
    desk: fix.deskView({
      state: { ...state("rona"), cause: "rona" },
      dialog: { kind: "rona", party: { name: "Katarzyna Nowak", number: "…4417" }, queue: "Billing" },
    }),
    past: 40,
  },
  banners: {
    desk: fix.deskView({
      banners: [
        {
          what: { kind: "registrationLost", trouble: { what: { kind: "unreachable", server: "phone.example.com" }, tracking: "M2RD" } },
          since: fix.ago(20),
        },
        { what: { kind: "noMicrophone" }, since: fix.ago(20) },
      ],
      dial: { kind: "blocked", why: "registrationLost" },
      notices: [
        { id: 1, at: fix.ago(60), what: { kind: "abandoned", party: { name: "Giulia Rossi", number: "…2210" } } },
        {
          id: 2,
          at: fix.ago(50),
          what: {
            kind: "callFailed",
            party: { name: null, number: "+48 22 555 01 90" },
            trouble: { what: { kind: "busy" }, tracking: "P0LT" },
          },
        },
      ],
    }),
    audio: fix.audioView({ headset: "", devices: [] }),
    past: 40,
  },
  history: { desk: fix.deskView(), past: 10_000 },
};
