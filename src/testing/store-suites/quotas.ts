import type { QuotaStore } from "../../contract/index.ts";
import type { SuiteCase } from "../provider-suite/index.ts";
import {
  atomicity,
  beginning,
  keys,
  reading,
  restoring,
  silence,
  spoilt,
  staleness,
  superseding,
  timeline,
} from "./quota-cases.ts";
import { quotaSequence } from "./quota-sequence.ts";
import type { QuotaStage } from "./quota-stage.ts";
import { accounts, crowd } from "./quota-sums.ts";
import { casesOn, playSequences, type StoreSuiteOptions } from "./stage.ts";

export interface QuotaStoreSuiteOptions extends StoreSuiteOptions<QuotaStage> {
  /** What the stage never does, with the reason, so that its cases are listed as skipped. */
  readonly never?: { readonly spoil?: string; readonly advance?: string };
}

/**
 * What every store of quotas must do, as cases for any test runner: agree with `applyQuota` in every answer, whatever is
 * claimed, lost, repeated or said at once.
 */
export const quotaStoreSuite = (options: QuotaStoreSuiteOptions): readonly SuiteCase[] => {
  const on = casesOn<QuotaStore, QuotaStage>(options);
  const { spoil, advance } = options.never ?? {};
  return [
    on("a record begins with its first claim", beginning),
    on("each claim supersedes the one before; what it does not keep goes back", superseding),
    on("a claim that is late, or came before, changes nothing and says so", staleness),
    on("all counters are granted, or none; and no less than the least of use", atomicity),
    on("who is silent beyond its lease is charged, and corrected when it is back", silence),
    on("a record that was lost begins at the most that any process knew of it", restoring),
    on("64 claims at once: as if one came after the other", crowd),
    on("sums are exact, whatever was lost or said twice", (stage) => accounts(stage, options.seed ?? 1)),
    on("the store's time does not go back", timeline, advance),
    on("reading changes nothing", reading),
    on("keys are apart, odd ones too", keys),
    on("what cannot be read is told, and not written over", spoilt, spoil),
    on("random claims: every answer as `applyQuota` has it", (stage) =>
      playSequences(options, (sequence) => quotaSequence(stage, sequence)),
    ),
  ];
};
