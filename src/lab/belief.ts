import { type Beta, meanOf, quantile, varianceOf } from "./beta.ts";
import type { Cell, Cells } from "./cells.ts";

/** A figure with its error. */
export interface Estimate {
  readonly mean: number;
  /** The true figure lies between these with 95 % probability. */
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
}

export interface Belief {
  readonly samples: number;
  readonly beta: Beta;
}

/** What stands for knowing nothing: Jeffreys' prior, worth one sample. */
const NOTHING: Beta = { a: 0.5, b: 0.5 };
/** Work of other kinds counts for at least and at most so many samples of this kind. */
const [LEAST_BORROWED, MOST_BORROWED] = [1, 20];

/**
 * What to believe of a model at a kind of work: its own samples there, and what it does at other kinds, which counts for
 * the more samples the less the kinds have differed so far (empirical Bayes: the prior's weight is worked out by moments).
 * Where there is no other kind, its own samples alone. Pure.
 */
export const beliefOf = (cells: Cells, group: string, model: string): Belief => {
  const own = cells.get(group)?.get(model) ?? { samples: 0, right: 0 };
  const others = [...cells]
    .filter(([name]) => name !== group)
    .map(([, models]) => models.get(model))
    .filter((cell) => cell !== undefined && cell.samples > 0) as readonly Cell[];
  const prior = others.length === 0 ? NOTHING : borrowed(others, own.samples > 0 ? [own, ...others] : others);
  return { samples: own.samples, beta: { a: prior.a + own.right, b: prior.b + own.samples - own.right } };
};

const borrowed = (others: readonly Cell[], all: readonly Cell[]): Beta => {
  const samples = sum(others, (cell) => cell.samples);
  const mean = (sum(others, (cell) => cell.right) + 0.5) / (samples + 1);
  const weight = Math.min(weightOf(all), samples);
  // Never surer than who knows nothing that there is no other side.
  return { a: Math.max(NOTHING.a, mean * weight), b: Math.max(NOTHING.b, (1 - mean) * weight) };
};

/** From how much the kinds differ beyond what samples of their sizes would by chance. */
const weightOf = (all: readonly Cell[]): number => {
  if (all.length < 2) return LEAST_BORROWED;
  const total = sum(all, (cell) => cell.samples);
  const mean = sum(all, (cell) => cell.right) / total;
  const spread = mean * (1 - mean);
  const squares = sum(all, ({ samples, right }) => samples * (right / samples - mean) ** 2);
  const size = total - sum(all, ({ samples }) => samples ** 2) / total;
  const between = (squares - (all.length - 1) * spread) / size;
  if (between <= 0 || spread <= 0) return MOST_BORROWED;
  return Math.min(MOST_BORROWED, Math.max(LEAST_BORROWED, spread / between - 1));
};

const sum = <T>(all: readonly T[], of: (each: T) => number): number => all.reduce((total, each) => total + of(each), 0);

/** What the share is at least, with this confidence. */
export const atLeast = ({ beta }: Belief, confidence: number): number => quantile(beta, 1 - confidence);

export const estimateOf = (beta: Beta): Estimate => shareEstimate(meanOf(beta), beta);

/** A share seen as `mean`, of which this is known: its edges are its own where all were right, or none. */
export const shareEstimate = (mean: number, beta: Beta): Estimate => ({
  mean,
  low: mean <= 0 ? 0 : quantile(beta, 0.025),
  high: mean >= 1 ? 1 : quantile(beta, 0.975),
  standardError: Math.sqrt(varianceOf(beta)),
});

const TWO_SIDED = 1.96;

/** A mean of many, by the normal distribution; of few samples, with the wider tails of Student's. */
export const meanEstimate = (mean: number, standardError: number, samples: number): Estimate => {
  const reach = TWO_SIDED + (TWO_SIDED ** 3 + TWO_SIDED) / (4 * Math.max(1, samples - 1));
  return { mean, low: mean - reach * standardError, high: mean + reach * standardError, standardError };
};
