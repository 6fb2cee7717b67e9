import type { AudioView, Processing } from "../types";
import { m } from "../paraglide/messages";

/** Why the agent can't change it, where the administrator keeps it. */
export function managed(audio: AudioView, field: keyof Processing): string | undefined {
  return audio.managed.includes(field) ? m.audio_managed() : undefined;
}
