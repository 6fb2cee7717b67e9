// An action's state as a button needs it.
import type { ActionView } from "../types";
import { why } from "./say";

export interface Can {
  blocked: string | undefined;
  busy: boolean;
}

/** Why the button cannot be used now, or that it is being done. */
export function can(action: ActionView): Can {
  return {
    blocked: action.kind === "blocked" ? why(action.why) : undefined,
    busy: action.kind === "busy",
  };
}

export const shown = (action: ActionView): boolean => action.kind !== "absent";
export const ready = (action: ActionView): boolean => action.kind === "ready";
