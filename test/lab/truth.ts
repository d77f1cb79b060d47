/** Labelled tables whose truth is known, for judging what the lab says of them. */
import type { RegistryFile } from "headgate";
import type { Example } from "headgate/lab";
import { seeded } from "../../src/testing/random.ts";

/** How often each model is right, by kind of work. */
export type Truth = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const PRICES: Readonly<Record<string, number>> = { mini: 1, mid: 5, strong: 25 };

export const registryOf = (truth: Truth, more: Partial<RegistryFile> = {}): RegistryFile => ({
  models: Object.fromEntries(
    Object.entries(PRICES).map(([name, price], index) => [
      name,
      { provider: "fake", quality: 40 + index * 25, cost: { input: price, output: price * 4 } },
    ]),
  ),
  tasks: Object.fromEntries(Object.keys(truth).map((task) => [task, {}])),
  ...more,
});

/** Examples with every model's score drawn from the truth, and lengths that differ as they do. */
export const table = (truth: Truth, mix: Readonly<Record<string, number>>, count: number, seed: number): Example[] => {
  const chance = seeded(seed);
  const kinds = Object.entries(mix);
  return Array.from({ length: count }, (_, index) => {
    const task = drawn(kinds, chance());
    const scores = Object.entries(truth[task] ?? {}).map(([model, right]) => [model, chance() < right ? 1 : 0]);
    const length = Math.exp(5 + 2 * chance() + 2 * chance());
    return {
      id: `${seed}-${index}`,
      task,
      usage: { input: Math.round(length), output: Math.round(length * chance()) },
      scores: Object.fromEntries(scores),
    };
  });
};

const drawn = (kinds: readonly (readonly [string, number])[], point: number): string => {
  let sum = 0;
  for (const [name, share] of kinds) {
    sum += share;
    if (point < sum) return name;
  }
  return kinds.at(-1)?.[0] ?? "";
};
