import type { Example } from "./example.ts";

/** Each model's median time to the first content, over the examples that know it, in milliseconds. */
export const medianLatencies = (examples: readonly Example[]): ReadonlyMap<string, number> => {
  const seen = new Map<string, number[]>();
  for (const { latencyMs = {} } of examples) {
    for (const [model, ms] of Object.entries(latencyMs)) {
      const all = seen.get(model);
      if (all === undefined) seen.set(model, [ms]);
      else all.push(ms);
    }
  }
  return new Map([...seen].map(([model, all]) => [model, median(all)]));
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
};
