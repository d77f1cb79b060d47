import { checkedSet, type LabSet } from "./check-set.ts";
import type { Example } from "./example.ts";
import { percent, textTable } from "./table.ts";

/** Guesses a difficulty from what can be seen; `undefined`: no idea. */
export type Estimator = (example: Example) => string | undefined;

export interface Confusion {
  /** Labels and guesses, easiest first. `-`: no label, or no guess. */
  readonly names: readonly string[];
  /** How often a label was guessed as what: `counts[label][guess]`. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly total: number;
  /** Share that was guessed as labelled. */
  readonly right: number;
  /** Share that was taken for easier than it is: where quiet failures come from. Known where `order` is given. */
  readonly tooEasy: number | undefined;
  /** Share that was taken for harder than it is: where money goes. */
  readonly tooHard: number | undefined;
  toString(): string;
}

export interface ConfusionOptions {
  /** Difficulties, easiest first. Default: as they come, and then nothing is called too easy or too hard. */
  readonly order?: readonly string[];
  /** What is guessed at. Default: the example's difficulty. */
  readonly label?: (example: Example) => string | undefined;
}

const NONE = "-";

/** How often an estimator of difficulty says what the labels say: a row for each label, a column for each guess. */
export const confusion = (set: LabSet, estimator: Estimator, options: ConfusionOptions = {}): Confusion => {
  const { order, label = ({ difficulty }) => difficulty } = options;
  const pairs = checkedSet(set).map((each) => [label(each) ?? NONE, estimator(each) ?? NONE] as const);
  const names = [...new Set([...(order ?? []), ...pairs.flat()])];
  const count = (row: string, column: string): number =>
    pairs.filter(([one, other]) => one === row && other === column).length;
  const share = (test: (one: number, other: number) => boolean): number => {
    const all = pairs.filter(([one, other]) => test(names.indexOf(one), names.indexOf(other)));
    return pairs.length === 0 ? 0 : all.length / pairs.length;
  };
  const ordered = order !== undefined;
  const known = (one: number): boolean => ordered && one < order.length;
  const counts = Object.fromEntries(
    names.map((row) => [row, Object.fromEntries(names.map((column) => [column, count(row, column)]))]),
  );
  const right = share((one, other) => one === other);
  const tooEasy = ordered ? share((one, other) => known(one) && known(other) && other < one) : undefined;
  const tooHard = ordered ? share((one, other) => known(one) && known(other) && other > one) : undefined;
  return {
    names,
    counts,
    total: pairs.length,
    right,
    tooEasy,
    tooHard,
    toString: () => {
      const rows = names.map((row) => [row, ...names.map((column) => String(counts[row]?.[column] ?? 0))]);
      const sides = ordered ? `, too easy ${percent(tooEasy)}, too hard ${percent(tooHard)}` : "";
      return `${textTable(["label \\ guess", ...names], rows)}\nright ${percent(right)}${sides} of ${pairs.length}`;
    },
  };
};
