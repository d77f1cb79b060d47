import type { Replayed } from "./replay.ts";
import { dollars, percent, textTable } from "./table.ts";

/** What a policy's choices come to. */
export interface Totals {
  readonly policy: string;
  readonly calls: number;
  /** Calls for which there was a model. */
  readonly answered: number;
  /** All calls together, in nano-dollars; `undefined` where any price is unknown. */
  readonly costNanoUsd: bigint | undefined;
  /** The same in dollars, for people. */
  readonly costUsd: number | undefined;
  /** Mean from 0 to 1, a call without an answer counting as 0; `undefined` where nothing is known. */
  readonly quality: number | undefined;
  /** Share of the answers whose own score is known; the others are taken at the registry's figure. */
  readonly judged: number;
  /** Wrong answers of status 200, among those judged. */
  readonly quietFailures: number;
  /** Their share of the answers judged; `undefined` where none was. */
  readonly quietFailureShare: number | undefined;
  /** Mean expected milliseconds to the first content, over the calls of which it is known. */
  readonly latencyMs: number | undefined;
  /** Calls by model. */
  readonly models: Readonly<Record<string, number>>;
  /** Calls that would have gone to another model than they did. */
  readonly changed: number;
}

export const totals = (policy: string, examples: readonly Replayed[]): Totals => {
  const answered = examples.filter(({ model }) => model !== undefined);
  const judged = answered.filter(({ qualityFrom }) => qualityFrom === "score");
  const quietFailures = judged.filter(({ quietFailure }) => quietFailure === true).length;
  const models = new Map<string, number>();
  for (const { model = "" } of answered) models.set(model, (models.get(model) ?? 0) + 1);
  const costNanoUsd = sum(examples.map((each) => each.costNanoUsd));
  return {
    policy,
    calls: examples.length,
    answered: answered.length,
    costNanoUsd,
    costUsd: costNanoUsd === undefined ? undefined : Number(costNanoUsd) / 1e9,
    quality: mean(examples.map(({ quality }) => quality)),
    judged: answered.length === 0 ? 0 : judged.length / answered.length,
    quietFailures,
    quietFailureShare: judged.length === 0 ? undefined : quietFailures / judged.length,
    latencyMs: mean(examples.map(({ latencyMs }) => latencyMs)),
    models: Object.fromEntries([...models].sort(([, one], [, other]) => other - one)),
    changed: examples.filter(({ model, before }) => before !== undefined && before !== model).length,
  };
};

const sum = (parts: readonly (number | undefined)[]): bigint | undefined => {
  let all = 0n;
  for (const part of parts) {
    if (part === undefined) return undefined;
    all += BigInt(part);
  }
  return all;
};

const mean = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0) / known.length;
};

const HEAD = ["policy", "calls", "answered", "quality", "quietly wrong", "cost", "first content", "asked"];

/** A line for each policy; `than`: whose cost the others are a share of. */
export const totalsTable = (all: readonly Totals[], than?: Totals): string => {
  const rows = all.map((each) => [
    each.policy,
    String(each.calls),
    percent(each.calls === 0 ? undefined : each.answered / each.calls, 0),
    percent(each.quality),
    each.quietFailureShare === undefined ? "unknown" : `${each.quietFailures} (${percent(each.quietFailureShare)})`,
    dollars(each.costUsd),
    ...(than === undefined ? [] : [ratio(each.costUsd, than.costUsd)]),
    each.latencyMs === undefined ? "unknown" : `${Math.round(each.latencyMs)} ms`,
    Object.entries(each.models)
      .map(([model, calls]) => `${model} ${calls}`)
      .join(", "),
  ]);
  const head = than === undefined ? HEAD : HEAD.toSpliced(6, 0, `of ${than.policy}`);
  return textTable(head, rows);
};

const ratio = (one: number | undefined, other: number | undefined): string =>
  one === undefined || other === undefined || other === 0 ? "unknown" : percent(one / other, 0);
