import type { CacheStore, Clock, DocumentStore, QuotaStore, SignalStore, Store } from "../../contract/index.ts";
import { systemTimers } from "../timers.ts";
import type { PostgresPool } from "./client.ts";
import { notificationsOf } from "./notifications.ts";
import { postgresCache } from "./postgres-cache.ts";
import { postgresDocuments } from "./postgres-documents.ts";
import { postgresQuotas } from "./postgres-quotas.ts";
import { postgresSignals } from "./postgres-signals.ts";
import { timeSqlOf } from "./server-time.ts";
import { sweeperOf } from "./sweep.ts";
import { namesOf, type PostgresTables, postgresTables } from "./tables.ts";
import { toldTables } from "./told-tables.ts";

export interface PostgresStoreOptions extends PostgresTables {
  /**
   * How long one statement of a claim may take, and how long a process may fall silent in the middle of one, before the
   * server gives its lock to the next, in milliseconds. Default 2,000.
   */
  readonly lockTimeoutMs?: number;
  /** For tests: epoch milliseconds in place of the server's. */
  readonly now?: () => number;
  /** For tests: waits. */
  readonly clock?: Pick<Clock, "after" | "chance">;
}

export interface PostgresStore extends Store {
  readonly quotas: QuotaStore;
  readonly cache: CacheStore;
  readonly signals: Required<SignalStore>;
  readonly documents: DocumentStore;
  /** Creates the tables that are not there (`postgresTables`). Harmless to repeat, and for many processes to do at once. */
  migrate(): Promise<void>;
  /** Ends the connection that listens. Call it before the pool's `end()`, which waits for it otherwise. */
  close(): Promise<void>;
}

/**
 * A store in PostgreSQL (12 or newer), over a `pg.Pool` that is handed in and stays yours. A claim holds one row's lock for four round trips, so
 * that one tenant takes about a thousand claims a second near the server; what is held ahead makes that enough for far more calls.
 *
 * @example
 * const store = postgresStore(new Pool({ connectionString }));
 * await store.migrate();
 */
export const postgresStore = (handedIn: PostgresPool, options: PostgresStoreOptions = {}): PostgresStore => {
  const { lockTimeoutMs = 2_000, now, clock = systemTimers } = options;
  if (!Number.isSafeInteger(lockTimeoutMs) || lockTimeoutMs < 1) {
    throw new TypeError(`Expected \`lockTimeoutMs\` to be an integer from 1 up, got \`${lockTimeoutMs}\``);
  }
  const names = namesOf(options);
  const time = timeSqlOf(now);
  const nowMs = now ?? Date.now;
  const sweep = sweeperOf(handedIn, names, time, nowMs);
  const pool: PostgresPool = {
    query(text, values) {
      sweep();
      return toldTables(handedIn.query(text, values));
    },
    connect() {
      sweep();
      return handedIn.connect();
    },
  };
  // An idle connection that breaks is the pool's affair; without a listener it would end the process.
  handedIn.on?.("error", ignore);
  const notifications = notificationsOf(handedIn, names.channel, clock);
  return {
    contract: 1,
    name: "postgres",
    shared: true,
    quotas: postgresQuotas(pool, names.quotas, time, lockTimeoutMs),
    cache: postgresCache(pool, names.cache, nowMs),
    signals: postgresSignals(pool, names, time, notifications),
    documents: postgresDocuments(pool, names.documents),
    async migrate() {
      await handedIn.query(postgresTables(options));
    },
    async close() {
      notifications.close();
      handedIn.removeListener?.("error", ignore);
    },
  };
};

const ignore = (): void => {};
