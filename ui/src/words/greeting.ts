// My recordings in words.
import type { GreetingTrouble } from "../types";
import { m } from "../paraglide/messages";

export function greetingTrouble(what: GreetingTrouble): string {
  const words: Record<GreetingTrouble, () => string> = {
    nameTaken: m.greetings_taken,
    badName: m.greetings_bad_name,
    nothingSaid: m.greetings_silent,
    disk: m.greetings_disk,
  };
  return words[what]();
}

/** Whether it is the name that must be another one. */
export const aboutName = (what: GreetingTrouble | null): boolean => what === "nameTaken" || what === "badName";

/** The first name that is still free. */
export function freeName(taken: string[]): string {
  let number = 1;
  while (taken.includes(m.greetings_first({ number }))) number += 1;
  return m.greetings_first({ number });
}
