import type { QuotaStore } from "../../contract/index.ts";
import { applyQuota, viewQuota } from "../../quotas/apply.ts";
import type { Quota } from "../../quotas/record.ts";

interface Kept {
  readonly quota: Quota;
  readonly keepUntilMs: number;
}

/** Quotas of this process. */
export const memoryQuotas = (now: () => number): QuotaStore => {
  const records = new Map<string, Kept>();
  let writes = 0;
  const quotaOf = (key: string): Quota | undefined => {
    const kept = records.get(key);
    return kept === undefined || kept.keepUntilMs < now() ? undefined : kept.quota;
  };
  /** Looks at all of them once in so many writes as there are records. */
  const sweep = (): void => {
    writes += 1;
    if (writes < records.size) return;
    writes = 0;
    for (const [key, { keepUntilMs }] of records) if (keepUntilMs < now()) records.delete(key);
  };
  return {
    async claim(key, counters, claim) {
      const had = quotaOf(key);
      const { quota, granted, keepUntilMs } = applyQuota(had, counters, claim, now());
      if (quota !== undefined && quota !== had) {
        records.set(key, { quota, keepUntilMs });
        sweep();
      }
      return granted;
    },
    async read(key, counters) {
      const quota = quotaOf(key);
      return quota && viewQuota(quota, counters, now());
    },
  };
};
