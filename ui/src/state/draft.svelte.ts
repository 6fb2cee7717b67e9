// Notes as they are typed (WRAPUP-3): kept here while the agent writes, handed on after a short pause, and at once when
// the field is left, so that nothing typed can be lost.
import type { ContactId, WrapUpView } from "../types";

const PAUSE_MS = 300;

export type Saving = "saved" | "saving" | "empty";
/** Resolves to whether the desk took them. */
type Write = (contact: ContactId, notes: string) => Promise<boolean>;

/** The drafts with something not handed on. */
const open = new Set<Draft>();

/** What is on its way to the desk: a click on Submit leaves the field first, and must not overtake what that handed on. */
const underway = new Set<Promise<boolean>>();

/** Hands on everything typed anywhere, and waits for the desk's word; to be awaited before a contact is closed. */
export async function flushDrafts(): Promise<void> {
  await Promise.all([...open].map((draft) => draft.flush()));
  await Promise.allSettled(underway);
}

export class Draft {
  text = $state("");
  #known = $state("");
  #durable = $state(true);
  #handed = "";
  #contact: ContactId | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #write: Write;

  constructor(write: Write) {
    this.#write = write;
  }

  get saving(): Saving {
    if (this.text === "" && this.#known === "") return "empty";
    return this.text === this.#known && this.#durable ? "saved" : "saving";
  }

  /** Takes the desk's word. What the agent is typing at the moment stays. */
  follow(contact: ContactId, wrapUp: WrapUpView): void {
    if (contact !== this.#contact) {
      void this.flush();
      this.#contact = contact;
      this.text = this.#handed = wrapUp.notes;
    } else if (this.#timer === undefined && this.text === this.#known) {
      this.text = this.#handed = wrapUp.notes;
    }
    this.#known = wrapUp.notes;
    this.#durable = wrapUp.saved;
  }

  type(text: string): void {
    this.text = text;
    open.add(this);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Hands on what is not handed on yet; done when the desk has it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    open.delete(this);
    const { text } = this;
    if (this.#contact === undefined || text === this.#handed) return;
    this.#handed = text;
    const write = this.#write(this.#contact, text);
    underway.add(write);
    const taken = await write.finally(() => underway.delete(write));
    // Not taken: the next occasion tries again.
    if (!taken && this.#handed === text) this.#handed = this.#known;
  }
}
