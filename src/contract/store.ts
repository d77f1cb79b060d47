import type { Claim, Counter, Granted, QuotaView } from "./quota.ts";

/**
 * Where quotas live. One key an operation; each is atomic: of two claims to one key one happens wholly before the other.
 * Time is the store's own, and never goes back for a key. An operation that fails or is cut off may or may not have
 * happened: the next claim settles it. `applyQuota` is the function that every store must agree with, and
 * `quotaStoreSuite` of `headgate/testing` holds it to that.
 */
export interface QuotaStore {
  /** Folds a holder's position into the quota of `key`. Rejects where the store cannot be reached or holds what nobody can read. */
  claim(key: string, counters: readonly Counter[], claim: Claim): Promise<Granted>;
  /** Changes nothing. `undefined` where nobody ever claimed, or all of it is long over. */
  read(key: string, counters: readonly Counter[]): Promise<QuotaView | undefined>;
}

/** An entry of the cache. */
export interface CacheEntry {
  readonly value: string;
  /** Epoch milliseconds, by the caller's clock. */
  readonly expiresAtMs: number;
}

/** Where answers are kept. May forget any of them at any time; never returns one that is over or was invalidated. */
export interface CacheStore {
  get(key: string): Promise<CacheEntry | undefined>;
  /** Over at `expiresAtMs`. `tags`: names by which it can be dropped together with others. */
  set(
    key: string,
    value: string,
    options: { readonly expiresAtMs: number; readonly tags?: readonly string[] },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  /** Whatever was set with this tag before is never returned again. */
  invalidate(tag: string): Promise<void>;
}

/** Who holds a lease, and under which number. */
export interface LeaseTerm {
  /** Rises with each new holder of this name: what an older one says can be told from it. */
  readonly epoch: number;
}

/** What processes tell each other: short-lived, small, and no harm if it is lost. */
export interface SignalStore {
  /** `name` is to be left alone for so long. An earlier end does not shorten a later one. */
  park(name: string, forMs: number): Promise<void>;
  /** How much longer, in milliseconds; 0 for not parked. */
  parked(name: string): Promise<number>;
  /** Takes or renews a lease for `holder`; `undefined` while another has it. */
  lease(name: string, holder: string, forMs: number): Promise<LeaseTerm | undefined>;
  /** Gives it back, if `holder` still has it. */
  release(name: string, holder: string): Promise<void>;
  /** To all that subscribe now; who is not there does not hear of it. */
  publish?(topic: string, message: string): Promise<void>;
  /** The result ends it. Keeps no process alive. */
  subscribe?(topic: string, heard: (message: string) => void): () => void;
}

/** A text that stays until it is written again, such as a registry. */
export interface DocumentStore {
  read(name: string): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** The version alone, which costs less; `undefined` where there is none. */
  version(name: string): Promise<string | undefined>;
  /** Answers the new version. */
  write(name: string, text: string): Promise<string>;
}

/**
 * Shared state of many processes. Every part is a port of its own with a suite of its own; quotas are the one that must be
 * there. `fromKeyValue` makes all of them from a store that can read and compare-and-set.
 */
export interface Store {
  readonly contract: 1;
  /** For messages and events, such as `redis`. No secrets. */
  readonly name: string;
  readonly quotas: QuotaStore;
  readonly cache?: CacheStore;
  readonly signals?: SignalStore;
  readonly documents?: DocumentStore;
  /** Whether other processes see the same state. `false`: what is limited is limited in each process alone. */
  readonly shared: boolean;
  /** Lets go of what the store itself opened; never of a client that was handed in. */
  close?(): Promise<void>;
}

/** The simplest store there is: values by key, and a write that happens only if nobody wrote in between. */
export interface KeyValue {
  /** For messages and events. No secrets. */
  readonly name: string;
  /** The value and its version, which changes with each write and never comes back. */
  read(key: string): Promise<{ readonly value: string; readonly version: string } | undefined>;
  /**
   * Writes `value` if the key still has `version` (`undefined`: if it is not there), and answers whether it did. It may be
   * dropped after `expiresAtMs` (epoch milliseconds), never before.
   */
  compareAndSet(key: string, version: string | undefined, value: string, expiresAtMs: number): Promise<boolean>;
  /** Removes what is there, whatever it is. */
  delete(key: string): Promise<void>;
}
