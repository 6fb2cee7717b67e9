// The outline of a rounded box as a path that starts at the middle of its upper edge and goes clockwise.

/** The path's `d`, for a box of `width` by `height` with corners of `radius`. */
export function outline(width: number, height: number, radius: number): string {
  const r = Math.max(0, Math.min(radius, width / 2, height / 2));
  const arc = (x: number, y: number) => `a${r} ${r} 0 0 1 ${x} ${y}`;
  return [
    `M${width / 2} 0`,
    `H${width - r}`,
    arc(r, r),
    `V${height - r}`,
    arc(-r, r),
    `H${r}`,
    arc(-r, -r),
    `V${r}`,
    arc(r, -r),
    "Z",
  ].join("");
}

/** How long that path is. */
export function outlineLength(width: number, height: number, radius: number): number {
  const r = Math.max(0, Math.min(radius, width / 2, height / 2));
  return Math.max(0, 2 * (width + height) - 8 * r + 2 * Math.PI * r);
}
