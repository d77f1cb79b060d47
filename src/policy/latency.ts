/** What is known of a target's time to first content. */
export interface Latency {
  readonly ms: number;
  readonly atMs: number;
}

/** A sample loses most of its weight in this time (Finagle's peak-EWMA takes 10 s as well). */
const TAU_MS = 10_000;
/** What was measured longer ago counts as unknown, so that a target that was slow once is tried again. */
const FORGET_MS = 60_000;

/** Peak-EWMA: a slower sample counts at once and whole, faster ones by and by. Pure. */
export const learn = (known: Latency | undefined, ms: number, atMs: number): Latency => {
  if (known === undefined || ms >= known.ms) return { ms, atMs };
  const weight = Math.exp(-Math.max(0, atMs - known.atMs) / TAU_MS);
  return { ms: known.ms * weight + ms * (1 - weight), atMs };
};

export const recall = (known: Latency | undefined, nowMs: number): number | undefined =>
  known === undefined || nowMs - known.atMs > FORGET_MS ? undefined : known.ms;
