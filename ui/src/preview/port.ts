// A shell made of a scene: answers what it is asked and moves the level meters, so that the window can be looked at alone.
import type { HistoryFilter, HistoryRowView } from "../types";
import type { Ears, Outcome, Port } from "../state/port";
import { appView, audioView, greetingsView, historyRow } from "./fixtures";
import type { Scene } from "./scenes";

const BEAT_MS = 100;
const ok = <T>(data: T): Promise<Outcome<T>> => Promise.resolve({ status: "ok", data });

const shows: Record<HistoryFilter, (row: HistoryRowView) => boolean> = {
  all: () => true,
  missed: (row) => row.outcome === "missed" || row.outcome === "abandoned",
  answered: (row) => row.outcome === "answered",
  placed: (row) => row.direction === "outbound",
};

export function previewPort(scene: Scene): Port {
  let ears: Ears | undefined;
  const past = Array.from({ length: scene.past ?? 0 }, (_, index) => historyRow(index));
  const talking = scene.desk.contacts.some((contact) => contact.phase.kind === "connected");
  if (talking) {
    setInterval(() => {
      const at = Date.now() / 1000;
      ears?.levels({
        microphoneDbfs: -34 + 16 * Math.sin(at * 5) * Math.sin(at * 1.3),
        farDbfs: -26 + 14 * Math.sin(at * 3.7),
      });
    }, BEAT_MS);
  }

  return {
    listen: (to) => ((ears = to), Promise.resolve()),
    snapshot: () =>
      ok({ desk: scene.desk, audio: scene.audio ?? audioView(), greetings: scene.greetings ?? greetingsView(), app: scene.app ?? appView() }),
    send: (command) => (console.info("send", command), ok(null)),
    signIn: (request) => (console.info("sign in", request.kind), ok(null)),
    audio: (command) => (console.info("audio", command), ok(null)),
    greetings: (command) => (console.info("greetings", command), ok(null)),
    practice: (command) => (console.info("practice", command), ok(null)),
    setShape: (shape) => (console.info("shape", shape), ok(null)),
    history: ({ before, limit, filter, text }) => {
      const wanted = text.toLowerCase();
      const rows = past.filter(
        (row) =>
          shows[filter](row) &&
          `${row.party.name ?? ""} ${row.party.number} ${row.notes}`.toLowerCase().includes(wanted),
      );
      const from = Number(before ?? 0);
      const next = from + limit < rows.length ? String(from + limit) : null;
      return ok({ rows: rows.slice(from, from + limit), next });
    },
  };
}
