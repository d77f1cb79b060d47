/** One axis of a picture: where a value stands, and the round values that are written beside it. */
export interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
  say(tick: number): string;
}

const WANTED_TICKS = 6;
/** Values nearer to each other than this are drawn as one; what is smaller than this, as nothing. */
const [LEAST_SPREAD, LEAST] = [1e-6, 1e-9];

/** An axis over all `values`, with some room, from `start` to `end` in pixels; never beyond `bounds`. Pure. */
export const axis = (
  values: readonly number[],
  start: number,
  end: number,
  bounds: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Axis => {
  const known = values.filter(Number.isFinite);
  const [least, most] = known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
  const alike = most - least <= Math.max(LEAST, Math.abs(most) * LEAST_SPREAD);
  const step = roundStep((alike ? Math.max(Math.abs(most), LEAST) : most - least) / WANTED_TICKS);
  const until = Math.min(bounds[1], Math.max(Math.ceil(most / step), Math.floor(least / step) + 1) * step);
  const from = Math.max(bounds[0], Math.min(Math.floor(least / step), Math.round(until / step) - 1) * step);
  const count = Math.round((until - from) / step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => from + index * step),
    place: (value) => start + ((value - from) / (until - from)) * (end - start),
    say: (tick) => tick.toFixed(Math.min(digits, 12)),
  };
};

/** 1, 2 or 5 of some power of ten: the smallest that is not below. */
const roundStep = (rough: number): number => {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
};
