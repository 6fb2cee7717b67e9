// Panels that more than one place opens.
export const panels = $state({
  /** My recordings. */
  greetings: false,
  /** The greetings to choose one from, in a call. */
  pick: false,
});
