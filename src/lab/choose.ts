import { betaOf, quantile } from "./beta.ts";
import type { Wanted } from "./weigh.ts";

/** One floor that a kind of work could be given, and what the router would then reach. */
export interface Option {
  readonly floor: number;
  /** Of all its calls together, in dollars. */
  readonly costUsd: number;
  readonly mean: number;
  readonly variance: number;
  /** What the quality is at least, with the confidence asked for. */
  readonly atLeast: number;
}

export interface Kind {
  readonly name: string;
  readonly calls: number;
  readonly options: readonly Option[];
}

export interface Choice {
  readonly option: Option;
  readonly reached: boolean;
}

/** By kind of work; a kind without options has no choice. Pure. */
export const choose = (kinds: readonly Kind[], wanted: Wanted): ReadonlyMap<string, Choice> => {
  const open = kinds.filter(({ options }) => options.length > 0);
  return wanted.across === "each" ? chooseEach(open, wanted) : chooseAll(open, wanted);
};

/** The cheapest option that is good enough, else the one that is surest to come nearest. */
const chooseEach = (kinds: readonly Kind[], { quality }: Wanted): ReadonlyMap<string, Choice> =>
  new Map(
    kinds.flatMap(({ name, options }) => {
      const good = options.filter(({ atLeast }) => atLeast >= quality);
      const option = good.length > 0 ? cheapest(good) : surest(options);
      return option === undefined ? [] : [[name, { option, reached: good.length > 0 }]];
    }),
  );

const cheapest = (options: readonly Option[]): Option | undefined =>
  options.toSorted((one, other) => one.costUsd - other.costUsd || other.atLeast - one.atLeast)[0];

const surest = (options: readonly Option[]): Option | undefined =>
  options.toSorted((one, other) => other.atLeast - one.atLeast || one.costUsd - other.costUsd)[0];

/**
 * All calls together: from the surest options down, step by step, the saving that takes least quality for its money, as
 * long as the quality of the whole stays good enough.
 */
const chooseAll = (kinds: readonly Kind[], wanted: Wanted): ReadonlyMap<string, Choice> => {
  const chosen = new Map<string, Option>();
  for (const { name, options } of kinds) {
    const option = surest(options);
    if (option !== undefined) chosen.set(name, option);
  }
  const reached = wholeAtLeast(kinds, chosen, wanted.confidence) >= wanted.quality;
  for (let step = reached ? nextStep(kinds, chosen, wanted) : undefined; step !== undefined; ) {
    chosen.set(step.name, step.option);
    step = nextStep(kinds, chosen, wanted);
  }
  return new Map([...chosen].map(([name, option]) => [name, { option, reached }]));
};

interface Step {
  readonly name: string;
  readonly option: Option;
  /** Dollars saved for each part of quality given up. */
  readonly worth: number;
}

const nextStep = (kinds: readonly Kind[], chosen: ReadonlyMap<string, Option>, wanted: Wanted): Step | undefined => {
  const now = wholeAtLeast(kinds, chosen, wanted.confidence);
  const steps = kinds.flatMap(({ name, options }) =>
    options.flatMap((option): readonly Step[] => {
      const saving = (chosen.get(name)?.costUsd ?? 0) - option.costUsd;
      if (saving <= 0) return [];
      const then = wholeAtLeast(kinds, new Map(chosen).set(name, option), wanted.confidence);
      return then < wanted.quality ? [] : [{ name, option, worth: saving / Math.max(1e-12, now - then) }];
    }),
  );
  return steps.sort((one, other) => other.worth - one.worth)[0];
};

const wholeAtLeast = (kinds: readonly Kind[], chosen: ReadonlyMap<string, Option>, confidence: number): number => {
  const calls = kinds.reduce((total, kind) => total + kind.calls, 0);
  let [mean, variance] = [0, 0];
  for (const kind of kinds) {
    const option = chosen.get(kind.name);
    const share = kind.calls / calls;
    mean += share * (option?.mean ?? 0);
    variance += share ** 2 * (option?.variance ?? 0);
  }
  return quantile(betaOf(mean, variance), 1 - confidence);
};
