/** A share that is not known exactly: a Beta distribution, as after `a` successes and `b` failures. */
export interface Beta {
  readonly a: number;
  readonly b: number;
}

export const meanOf = ({ a, b }: Beta): number => a / (a + b);
export const varianceOf = ({ a, b }: Beta): number => (a * b) / ((a + b) ** 2 * (a + b + 1));

/** The Beta of this mean and variance; the variance is taken for a little below the most there can be. */
export const betaOf = (mean: number, variance: number): Beta => {
  const centre = Math.min(1 - 1e-9, Math.max(1e-9, mean));
  const most = centre * (1 - centre);
  const size = most / Math.min(most * 0.999, Math.max(variance, most * 1e-9)) - 1;
  return { a: centre * size, b: (1 - centre) * size };
};

/** The value below which the share lies with probability `p`, to about ten digits. */
export const quantile = ({ a, b }: Beta, p: number): number => {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (cumulative(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/**
 * How likely at most, and at least, `count` of `samples` are where the share is this one (the beta-binomial distribution):
 * what is not known of the share and the chance of the draw together.
 */
export const tails = (
  count: number,
  samples: number,
  { a, b }: Beta,
): { readonly upTo: number; readonly from: number } => {
  const whole = logBeta(a, b);
  const at = (k: number): number =>
    Math.exp(
      logGamma(samples + 1) - logGamma(k + 1) - logGamma(samples - k + 1) + logBeta(k + a, samples - k + b) - whole,
    );
  let below = 0;
  for (let k = 0; k < count; k += 1) below += at(k);
  return { upTo: Math.min(1, below + at(count)), from: Math.max(0, 1 - below) };
};

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** The regularised incomplete beta function, by its continued fraction (Numerical Recipes, 6.4). */
export const cumulative = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
};

const TINY = 1e-300;
const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/** Lentz's method. */
const fraction = (x: number, a: number, b: number): number => {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 1_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return result;
};

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1 + LANCZOS.length - 0.5;
  const series = LANCZOS.reduce((sum, factor, index) => sum + factor / (x + index), 0.9999999999998099);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(shifted) - shifted + Math.log(series);
};
