import { GatewayError, type KeyValue } from "../../contract/index.ts";
import { type Timers, waited } from "../timers.ts";

/** What becomes of a value. */
export interface Change<Answer> {
  /** Absent: nothing is written. */
  readonly value?: string;
  readonly expiresAtMs?: number;
  readonly answer: Answer;
  /** Others write to it too. */
  readonly isShared?: boolean;
}

/** Reads, changes and writes a key as if nobody else did: what another wrote meanwhile is read, and all is done again. */
export type Update = <Answer>(key: string, change: (value: string | undefined) => Change<Answer>) => Promise<Answer>;

/** Beyond it, too many write to one key for compare-and-set. */
const MAX_TRIES = 20;
const FIRST_WAIT_MS = 4;
const MAX_WAIT_MS = 100;
/** After a write to what others write too, before the next of this process. */
const PAUSE_MS = 4;

/**
 * In one process those that want the same key stand in line, so that they never lose to each other. Between processes a loser
 * waits, by chance and longer each time; and a winner pauses, or it would win again and again while the others wait.
 */
export const updateOf = (kv: KeyValue, timers: Timers): Update => {
  const lines = new Map<string, Promise<unknown>>();
  const tried = async <Answer>(key: string, change: (value: string | undefined) => Change<Answer>) => {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const had = await kv.read(key);
      const changed = change(had?.value);
      const { value, expiresAtMs = NEVER_MS } = changed;
      if (value === undefined || (await kv.compareAndSet(key, had?.version, value, expiresAtMs))) return changed;
      await waited(timers, timers.chance() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** tries));
    }
    throw new GatewayError(
      "store_unavailable",
      `${kv.name}: others wrote to the same key ${MAX_TRIES} times in a row. A store with an operation of its own for quotas takes more writers.`,
      { details: { store: kv.name } },
    );
  };
  return (key, change) => {
    const mine = (lines.get(key) ?? Promise.resolve()).then(() => tried(key, change));
    const line = mine.then(
      ({ value, isShared }) => (value !== undefined && isShared === true ? waited(timers, PAUSE_MS) : undefined),
      () => {},
    );
    lines.set(key, line);
    void line.then(() => {
      if (lines.get(key) === line) lines.delete(key);
    });
    return mine.then(({ answer }) => answer);
  };
};

/** For what stays until it is written again: the last year that has four digits, which every store can tell. */
export const NEVER_MS: number = Date.UTC(9999, 11, 31);
