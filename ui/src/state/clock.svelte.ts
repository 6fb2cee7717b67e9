// One tick a second for everything that counts. It runs only while something on screen reads it and the window is
// visible, so an idle or hidden desk costs nothing.
import { createSubscriber } from "svelte/reactivity";

const TICK_MS = 1000;

function follow(update: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const start = () => {
    stop();
    if (document.visibilityState !== "visible") return;
    // On the full second, so that all timers change together.
    timer = setTimeout(tick, TICK_MS - (Date.now() % TICK_MS));
  };
  const tick = () => {
    update();
    start();
  };
  const onVisibility = () => (document.visibilityState === "visible" ? tick() : stop());

  document.addEventListener("visibilitychange", onVisibility);
  start();
  return () => {
    stop();
    document.removeEventListener("visibilitychange", onVisibility);
  };
}

const subscribe = createSubscriber(follow);

export const clock = {
  /** Wall-clock milliseconds; whoever reads it in an effect or template is updated every second. */
  get now(): number {
    subscribe();
    return Date.now();
  },
};
