import type { Needs, Plan, Rejection } from "../contract/index.ts";

/** The decision for a request, without sending it. */
export interface Explanation {
  /** Best first; the first would be asked, the others are its failover, in this order. */
  readonly eligible: readonly {
    readonly model: string;
    readonly provider: string;
    readonly account: string;
    /** Expected cost in dollars; `undefined` where no price is known. */
    readonly expectedUsd: number | undefined;
    readonly quality: number | undefined;
    /** Tokens that an attempt here would reserve, on the safe side. */
    readonly inputTokens: number;
    readonly outputTokens: number;
  }[];
  readonly rejected: readonly Rejection[];
  readonly needs: Needs;
  readonly floor: Plan["floor"];
  readonly task: string | undefined;
  readonly difficulty: string | undefined;
  readonly registryVersion: string;
  /** The same as a table for a terminal. */
  toString(): string;
}

export const explain = (plan: Plan): Explanation => {
  const explanation = {
    eligible: plan.ranked.map(({ target, expectedNanoUsd, quality, inputTokens, outputTokens }) => ({
      model: target.model.name,
      provider: target.provider.name,
      account: target.credential.account,
      expectedUsd: expectedNanoUsd === undefined ? undefined : expectedNanoUsd / 1e9,
      quality,
      inputTokens,
      outputTokens,
    })),
    rejected: plan.rejected,
    needs: plan.needs,
    floor: plan.floor,
    task: plan.task,
    difficulty: plan.difficulty,
    registryVersion: plan.registryVersion,
  };
  return { ...explanation, toString: () => table(explanation) };
};

const table = ({ eligible, rejected, needs, floor, registryVersion }: Omit<Explanation, "toString">): string => {
  const width = Math.max(5, ...[...eligible, ...rejected].map(({ model }) => model.length));
  const lines = [
    `needs ${JSON.stringify(needs)}${floor === undefined ? "" : `; floor ${floor.quality} by ${floor.from}`}`,
  ];
  eligible.forEach(({ model, provider, expectedUsd, quality }, index) => {
    const cost = expectedUsd === undefined ? "price unknown" : `about $${expectedUsd.toFixed(6)}`;
    lines.push(`${index + 1}. ${model.padEnd(width)}  ${provider}, ${cost}, quality ${quality ?? "unknown"}`);
  });
  for (const { model, reason, detail } of rejected) lines.push(`-  ${model.padEnd(width)}  ${reason}: ${detail}`);
  lines.push(`registry ${registryVersion}`);
  return lines.join("\n");
};
