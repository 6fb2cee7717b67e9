// Panels that more than one place opens.
export const panels = $state({
  /** My recordings. */
  greetings: false,
  /** The greetings to choose one from, in a call. */
  pick: false,
  /** Noise removal in a call; `null` while there is no button for it, and nothing opens it. */
  noise: null as boolean | null,
});
