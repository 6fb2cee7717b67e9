// Loudness for a row of dots: how many of them light up for a level in dB below full scale.

const FLOOR_DBFS = -54;
const CEILING_DBFS = -6;

/** 0 to `dots`. Nothing known, or silence, is 0. */
export function litDots(dbfs: number | null, dots: number): number {
  if (dbfs === null || !Number.isFinite(dbfs)) return 0;
  const share = (dbfs - FLOOR_DBFS) / (CEILING_DBFS - FLOOR_DBFS);
  return Math.round(Math.min(1, Math.max(0, share)) * dots);
}
