import type { Estimate } from "./belief.ts";
import type { Expected } from "./expect.ts";
import type { Fitted } from "./fitted.ts";
import { dollars, percent, textTable } from "./table.ts";

/** A fit for a terminal: each model at each kind of work, what was chosen, and what to expect of it. */
export const fitTable = (groups: readonly Fitted[], expected: Expected | undefined, isHeldOut: boolean): string => {
  const rows = groups.flatMap(({ name, models }) =>
    models.map(({ model, samples, quality, atLeast, costUsd }) => [
      name,
      model,
      String(samples),
      quality === undefined ? "unknown" : percent(quality.mean),
      percent(atLeast),
      dollars(costUsd),
    ]),
  );
  const lines = groups.map(
    ({ name, floor, note }) => `${name}: ${floor === undefined ? "" : `floor ${floor}, `}${note}`,
  );
  return [
    textTable(["kind", "model", "samples", "right", "at least", "cost a call"], rows),
    ...lines,
    expected === undefined ? "nothing was fitted" : said(expected, isHeldOut),
  ].join("\n");
};

const said = ({ calls, quality, costUsd }: Expected, isHeldOut: boolean): string => {
  const from = `${calls} calls ${isHeldOut ? "held out" : "that also chose, so rather rosy"}`;
  const cost = costUsd === undefined ? "unknown" : range(costUsd, dollars);
  return `expected, from ${from}: quality ${range(quality, percent)}, cost a call ${cost}`;
};

const range = ({ mean, low, high }: Estimate, say: (value: number) => string): string =>
  `${say(mean)} (95 %: ${say(low)} to ${say(high)})`;
