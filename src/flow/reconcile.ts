import type { LedgerSink, LimitDetails } from "../contract/index.ts";
import type { LimitState } from "./limit-state.ts";

/** A budget beside what the ledger says was spent under it. */
export interface Difference {
  readonly scope: LimitDetails["scope"];
  /** Such as `USD per day`. */
  readonly limit: string;
  readonly quotaNanoUsd: bigint;
  readonly ledgerNanoUsd: bigint;
  /** Added to the quota: what the ledger knew and it did not. */
  readonly addedNanoUsd: bigint;
}

/** Calendar budgets of tenants, keys and tags, and of everybody; a ledger that cannot say leaves one out. */
export const reconciled = async (
  states: readonly LimitState[],
  ledger: LedgerSink,
  add: (state: LimitState, missingNanoUsd: number) => Promise<void>,
): Promise<readonly Difference[]> => {
  const differences: Difference[] = [];
  for (const state of states) {
    const { template, startsAtMs, endsAtMs, scope } = state;
    if (template.measure !== "usd" || startsAtMs === undefined || endsAtMs === undefined) continue;
    const spent = await ledger.spent?.({ scope, sinceMs: startsAtMs, untilMs: endsAtMs });
    if (spent === undefined) continue;
    const missing = Number(spent) - state.used;
    if (missing > 0) await add(state, missing);
    differences.push({
      scope,
      limit: template.label,
      quotaNanoUsd: BigInt(state.used),
      ledgerNanoUsd: spent,
      addedNanoUsd: BigInt(Math.max(0, missing)),
    });
  }
  return differences;
};
