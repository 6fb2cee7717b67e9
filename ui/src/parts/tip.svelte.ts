// The one tooltip of the window: an attachment says what it shows and for which control; the layer draws it.

export interface Tip {
  text: string;
  keys: string | undefined;
  /** Where the control is, in the window. */
  at: DOMRect;
}

const DELAY_MS = 450;

class Tips {
  now = $state.raw<Tip | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(tip: Tip): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.now = tip), DELAY_MS);
  }

  hide(): void {
    clearTimeout(this.#timer);
    // Later, since a control that leaves the window while it has the focus says so in the middle of an update.
    queueMicrotask(() => (this.now = null));
  }
}

export const tips = new Tips();

/** Shows `text` while the pointer rests on the control, or the keyboard focus. */
export function tip(text: string | undefined, keys?: string) {
  return (node: HTMLElement) => {
    if (!text) return;
    const show = () => tips.show({ text, keys, at: node.getBoundingClientRect() });
    const controller = new AbortController();
    const on = (name: string, listener: () => void) =>
      node.addEventListener(name, listener, { signal: controller.signal });
    on("pointerenter", show);
    on("focus", () => node.matches(":focus-visible") && show());
    on("pointerleave", () => tips.hide());
    on("pointerdown", () => tips.hide());
    on("blur", () => tips.hide());
    on("keydown", () => tips.hide());
    return () => {
      controller.abort();
      tips.hide();
    };
  };
}
