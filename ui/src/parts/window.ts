// Which rows of a long list are on screen. Rows may differ in height; offsets are the running sums of the heights.

export interface Span {
  /** First row to draw. */
  from: number;
  /** One past the last row to draw. */
  to: number;
}

/** Where each row begins; one more entry than rows, the last being the whole height. */
export function offsetsOf(count: number, height: (index: number) => number): Float64Array {
  const offsets = new Float64Array(count + 1);
  for (let index = 0; index < count; index++) {
    offsets[index + 1] = (offsets[index] ?? 0) + height(index);
  }
  return offsets;
}

/** The last row that begins at or above `y`. */
export function rowAt(offsets: Float64Array, y: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows between `top` and `top + height`, and `spare` more on either side. */
export function visible(offsets: Float64Array, top: number, height: number, spare: number): Span {
  const count = offsets.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  const from = Math.max(0, rowAt(offsets, top) - spare);
  const to = Math.min(count, rowAt(offsets, top + height) + 1 + spare);
  return { from, to };
}
