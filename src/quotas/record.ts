import type { Slot } from "../contract/index.ts";

/** What a store keeps of one quota. Integers alone; see `Counter` for their units. */
export interface Quota {
  /** A random number given when it was made. */
  readonly born: number;
  /** Store time of the last claim, in epoch milliseconds: time never goes back behind it. */
  readonly atMs: number;
  /** When the next row is due to expire or to be forgotten; 0 for never. May be too early, never too late. */
  readonly dueMs: number;
  /** Rows that have not expired. */
  readonly live: number;
  readonly counters: Readonly<Record<string, CounterState>>;
  /** By holder. */
  readonly rows: Readonly<Record<string, Row>>;
}

/** All holders together, in one counter. */
export interface CounterState {
  readonly type: "bucket" | "rolling" | "calendar" | "parallel";
  /** Of a bucket, in 1/60,000 of a unit. What is held has been taken out. Below 0: in debt. */
  readonly level: number;
  /** When the level was last reckoned, in epoch milliseconds. */
  readonly atMs: number;
  /** Held in the slot that is in force. */
  readonly held: number;
  /** The slot in force. */
  readonly slot: number;
  /** Of a rolling counter; 0 for others. */
  readonly slotMs: number;
  /** By start, oldest first. */
  readonly slots: readonly Slot[];
}

/** What the store has of one holder. */
export interface Row {
  readonly seq: number;
  readonly expiresAtMs: number;
  /** Silent beyond its lease: what it held is charged, what it had open is orphaned, until it comes back. */
  readonly expired: boolean;
  readonly counters: Readonly<Record<string, RowCounter>>;
}

export interface RowCounter {
  readonly hold: number;
  /** The slot in which it is held; once expired, in which it was charged. */
  readonly slot: number;
  readonly used: readonly { readonly slot: number; readonly used: number; readonly open: number }[];
}
