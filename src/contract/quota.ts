/**
 * One thing that a quota counts, as a store needs it: no calendar, no time zone, no name that it must know. All figures are
 * integers of at most 9e15 (a double holds them exactly, in JavaScript as in Lua): requests, tokens, calls, nano-dollars.
 */
export type Counter =
  /** A token bucket: holds `cap`, gains `perMinute`. */
  | { readonly name: string; readonly type: "bucket"; readonly cap: number; readonly perMinute: number }
  /** At most `cap` in any `slots` × `slotMs` milliseconds. A slot counts until it has wholly left. */
  | {
      readonly name: string;
      readonly type: "rolling";
      readonly cap: number;
      readonly slotMs: number;
      readonly slots: number;
    }
  /**
   * At most `cap` in each window. `starts`: where windows begin, in epoch milliseconds, ascending; the store takes the one
   * that its own time is in. The first is the window before the earliest that may be in force.
   */
  | { readonly name: string; readonly type: "calendar"; readonly cap: number; readonly starts: readonly number[] }
  /** At most `cap` at the same time. */
  | { readonly name: string; readonly type: "parallel"; readonly cap: number };

/** What a holder used in one slot: a calendar window or a slot of a rolling one, by its start; 0 for the other types. */
export interface Used {
  readonly slot: number;
  /** In all since this holder began, whatever was said before; what is still running counts with its estimate. May fall. */
  readonly used: number;
  /** Of it: still running. */
  readonly open: number;
  /** `used` as it was last acknowledged: where counting begins if the store no longer has this holder's row. */
  readonly acked: number;
}

/** A holder's position in one counter. */
export interface Position {
  /** Those slots that may differ from what the store has. Of another in which nothing runs its row says no more: counting goes on from `acked`. */
  readonly used: readonly Used[];
  /** Held and not yet used: kept, even where that is more than there is. What the store gave and is not named here goes back. */
  readonly keep: number;
  /** Wanted besides. */
  readonly want: number;
  /** The least of it that is of use; 0 where any is. */
  readonly least: number;
}

/** What a holder (a process) knows of a record: where it begins anew if the store has lost it. */
export interface Known {
  /** The record that it knows; 0 for none. */
  readonly born: number;
  /** Store time at which it knew it, in epoch milliseconds. */
  readonly atMs: number;
  /** By counter: what was used in all in the slot that was in force, and a bucket's level. */
  readonly counters: readonly { readonly slot: number; readonly used: number; readonly level: number }[];
}

/**
 * The position of one holder, which supersedes all that it said before. So a lost answer needs no resolution and a copy that
 * comes late changes nothing.
 */
export interface Claim {
  /** Of the process. No other has it, now or later. Letters, digits, `-` and `_`. */
  readonly holder: string;
  /** Rises with each claim of this holder to this key. One that is not above the last is stale: nothing is written. */
  readonly seq: number;
  /** How long the row lives without another claim, in milliseconds. */
  readonly leaseMs: number;
  /** Store time after which this claim is stale, in epoch milliseconds; 0 for none. */
  readonly validUntilMs: number;
  /** A random positive integer: becomes `born` if the claim makes the record. */
  readonly nonce: number;
  readonly known: Known;
  /** One for each counter, in their order. All of them are granted, or none. */
  readonly positions: readonly Position[];
}

/** How much of a slot is used by all holders together. */
export interface Slot {
  readonly start: number;
  /** Of a calendar window: where it ends. */
  readonly end: number;
  readonly used: number;
  /** Of `used`: still running. */
  readonly open: number;
  /** Of `used`: charged for processes that went silent; corrected if they come back. */
  readonly orphaned: number;
  /** Of `used`: taken over from a record that was lost, or from a window that was redefined. */
  readonly restored: number;
}

/** A counter's state after a claim. */
export interface Level {
  /** Of a bucket: 1/60,000 of a unit, so that every step of time is a whole number. 0 for the other types. */
  readonly level: number;
  /** Held by holders and not used. */
  readonly held: number;
  /** Those that count, oldest first: all of a rolling window, the current one of a calendar; one at 0 for the other types. */
  readonly slots: readonly Slot[];
}

export interface Granted {
  /** Store time in epoch milliseconds. */
  readonly nowMs: number;
  /** Tells this record from one that was lost and made anew. */
  readonly born: number;
  /** A later claim was here first, or it came too late: nothing was done. */
  readonly stale: boolean;
  /** By counter: what is held from now on besides `keep`. */
  readonly granted: readonly number[];
  /** By counter. */
  readonly levels: readonly Level[];
  /** Processes that hold a row now, this one included. */
  readonly holders: number;
}

/** A quota as it stands, for people: `spend()`, `limits()`, tests. */
export interface QuotaView {
  readonly nowMs: number;
  readonly holders: number;
  readonly levels: readonly Level[];
}
