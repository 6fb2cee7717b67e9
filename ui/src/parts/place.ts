// Where a floating box goes: beside its anchor, and always inside the window.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 6;
const MARGIN = 8;

/** The upper left corner for a box of `width` by `height`: under the anchor, or above it where there is no room below. */
export function place(
  anchor: Box,
  size: { width: number; height: number },
  room: { width: number; height: number },
): { left: number; top: number } {
  const middle = anchor.left + anchor.width / 2 - size.width / 2;
  const left = Math.max(MARGIN, Math.min(middle, room.width - size.width - MARGIN));
  const below = anchor.top + anchor.height + GAP;
  const above = anchor.top - GAP - size.height;
  const top = below + size.height + MARGIN > room.height && above >= MARGIN ? above : below;
  return { left, top };
}
