// Where a floating box goes: beside its anchor, and always inside the window.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 6;
const MARGIN = 8;

/** The upper left corner for a box of `width` by `height`: under the anchor, or above it where there is no room below. Where
    there is room on neither side, as with large text, it covers the anchor. */
export function place(
  anchor: Box,
  size: { width: number; height: number },
  room: { width: number; height: number },
): { left: number; top: number } {
  const middle = anchor.left + anchor.width / 2 - size.width / 2;
  const left = Math.max(MARGIN, Math.min(middle, room.width - size.width - MARGIN));
  const below = anchor.top + anchor.height + GAP;
  const above = anchor.top - GAP - size.height;
  const lowest = room.height - size.height - MARGIN;
  const top = below <= lowest ? below : above >= MARGIN ? above : Math.max(MARGIN, lowest);
  return { left, top };
}
