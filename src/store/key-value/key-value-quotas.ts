import type { KeyValue, QuotaStore } from "../../contract/index.ts";
import { applyQuota, viewQuota } from "../../quotas/apply.ts";
import { decodeQuota, encodeQuota } from "../../quotas/codec.ts";
import type { Update } from "./update.ts";

/** Clocks of processes and of the store differ: a record is kept for this much longer than it must be. */
const SKEW_MS = 60_000;

/** Quotas over compare-and-set. Time is the process's, and never before what the record has seen. */
export const keyValueQuotas = (
  kv: KeyValue,
  update: Update,
  now: () => number,
  keyOf: (key: string) => string,
): QuotaStore => ({
  claim: (key, counters, claim) =>
    update(keyOf(key), (value) => {
      const had = value === undefined ? undefined : decodeQuota(value, key);
      const { quota, granted, keepUntilMs } = applyQuota(had, counters, claim, now());
      if (quota === undefined || quota === had) return { answer: granted };
      const isShared = granted.holders > 1;
      return { value: encodeQuota(quota), expiresAtMs: keepUntilMs + SKEW_MS, answer: granted, isShared };
    }),
  async read(key, counters) {
    const had = await kv.read(keyOf(key));
    return had && viewQuota(decodeQuota(had.value, key), counters, now());
  },
});
