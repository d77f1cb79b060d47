/** What processes of a fleet are told, and what they tell. */
import type { QuotasSettings } from "../../src/gateway-api.ts";

/** From and to, both included. */
export type Range = readonly [number, number];

export type StoreAddress =
  | { readonly kind: "ioredis" | "node-redis"; readonly path: string }
  | { readonly kind: "cluster"; readonly ports: readonly number[] }
  | {
      readonly kind: "postgres";
      readonly config: { readonly host: string; readonly user: string; readonly database: string };
    };

/** One gateway, in one process. */
export interface Job {
  readonly seed: number;
  readonly store: StoreAddress;
  readonly registry: object;
  readonly quotas?: QuotasSettings;
  /** Time runs so many times as fast, for the store as for the process, from `since` (epoch milliseconds) on. */
  readonly fast?: { readonly times: number; readonly since: number };
  /** A claim that was not answered in time is sent once more, as somebody else's. */
  readonly repeatsLost?: boolean;
  /** A file in which all is noted before it happens, for those that do not live to tell. */
  readonly notes?: string;
  /** A clock of its own that `step` moves. `bare`: without `elapsed`. */
  readonly clock?: "own" | "bare";
}

/** Calls of one tenant: so many at once, each followed by the next. */
export interface Load {
  readonly tenant: string;
  readonly lanes: number;
  readonly holdMs: Range;
  /** What is asked for at most. */
  readonly outputTokens: Range;
  /** What comes, as a share of that. */
  readonly uses: Range;
  /** After a call. */
  readonly pauseMs?: Range;
  /** After a refusal. */
  readonly restMs?: Range;
  /** Ends after so long, or when a lane was refused so often in a row, or when told to. */
  readonly forMs?: number;
  readonly refusals?: number;
}

/** A call that was let in. Times are epoch milliseconds of this machine, which is the store's own; `grantedAtMs` by the store's answer. */
export interface Admitted {
  readonly tenant: string;
  readonly grantedAtMs: number;
  readonly atMs: number;
  readonly waitedMs: number;
  readonly tokens: number;
  readonly usedTokens: number;
  settledAtMs: number;
}

export interface Refused {
  readonly tenant: string;
  readonly atMs: number;
  readonly waitedMs: number;
  readonly code: string;
}

/** Of everything since the gateway was opened. */
export interface Report {
  readonly admitted: readonly Admitted[];
  readonly refused: readonly Refused[];
  /** What providers bill, by tenant, in nano-dollars. */
  readonly billed: Readonly<Record<string, bigint>>;
  /** What the gateway's own records say it was. */
  readonly recorded: bigint;
  readonly storeEvents: readonly { readonly state: "lost" | "back"; readonly atMs: number }[];
  readonly warnings: readonly string[];
  readonly unhandled: number;
}

export type Command =
  | { readonly does: "open"; readonly job: Job }
  | { readonly does: "load"; readonly loads: readonly Load[] }
  /** Answers when all lanes have ended by themselves. */
  | { readonly does: "finish" | "stop" | "report" | "close" | "cut" }
  | { readonly does: "step"; readonly ms: number };
