// The real shell behind the port: the only file that uses the bindings' runtime.
import { commands, events } from "../bindings";
import type { Port } from "./port";

export const shell: Port = {
  async listen(ears) {
    await Promise.all([
      events.deskChanged.listen((event) => ears.desk(event.payload)),
      events.audioChanged.listen((event) => ears.audio(event.payload)),
      events.greetingsChanged.listen((event) => ears.greetings(event.payload)),
      events.appChanged.listen((event) => ears.app(event.payload)),
      events.levelsChanged.listen((event) => ears.levels(event.payload)),
    ]);
  },
  snapshot: commands.snapshot,
  send: commands.send,
  signIn: commands.signIn,
  history: commands.history,
  audio: commands.audio,
  greetings: commands.greetings,
  practice: commands.practice,
  setShape: commands.setShape,
};
