import type { Clock, KeyValue, Store } from "../../contract/index.ts";
import { systemTimers } from "../timers.ts";
import { keyValueCache } from "./key-value-cache.ts";
import { keyValueDocuments } from "./key-value-documents.ts";
import { keyValueQuotas } from "./key-value-quotas.ts";
import { keyValueSignals } from "./key-value-signals.ts";
import { updateOf } from "./update.ts";

export interface FromKeyValueOptions {
  /** Stands before every key. Default `headgate:`. */
  readonly prefix?: string;
  /** Whether other processes see the same values. Default `true`. */
  readonly shared?: boolean;
  /**
   * Epoch milliseconds. Default: this process's time. Where the store can be asked for its own, hand in an estimate of it:
   * the clocks of all processes must agree to within a small part of a lease (60 s), and a window of money begins when the first of them
   * says so.
   */
  readonly now?: () => number;
  /** Waits and chance, for tests. */
  readonly clock?: Pick<Clock, "after" | "chance">;
}

/** A store of which every part but `publish` and `subscribe` is there. */
export type KeyValueStore = Required<Omit<Store, "close">>;

/**
 * A whole store out of the simplest one: `read`, `compareAndSet` and `delete`. Exact, whatever is lost on the way, but made
 * for few writers (up to about 4 processes to one tenant, in one region): who loses a write reads and tries again, 20 times
 * at most. For more, use a store that folds claims itself: Redis, PostgreSQL, or a `QuotaStore` of your own.
 *
 * @example
 * const store = fromKeyValue({ name: "mine", read, compareAndSet, delete: remove });
 */
export const fromKeyValue = (
  kv: KeyValue,
  { prefix = "headgate:", shared = true, now = Date.now, clock = systemTimers }: FromKeyValueOptions = {},
): KeyValueStore => {
  const update = updateOf(kv, clock);
  const nowMs = (): number => Math.floor(now());
  const keyOf =
    (kind: string) =>
    (name: string): string =>
      `${prefix}${kind}:${name}`;
  return {
    contract: 1,
    name: kv.name,
    shared,
    quotas: keyValueQuotas(kv, update, nowMs, keyOf("quota")),
    cache: keyValueCache(kv, update, nowMs, { entry: keyOf("cache"), tag: keyOf("tag") }),
    signals: keyValueSignals(kv, update, nowMs, { park: keyOf("park"), lease: keyOf("lease") }),
    documents: keyValueDocuments(kv, update, keyOf("document")),
  };
};
