import type { Granted, Known } from "../contract/index.ts";
import { usedIn } from "./room.ts";

export const NOTHING_KNOWN: Known = { born: 0, atMs: 0, counters: [] };

/** What an answer tells of a record, in case that the store loses it. */
export const knownFrom = ({ born, nowMs, levels }: Granted): Known => ({
  born,
  atMs: nowMs,
  counters: levels.map((level) => ({
    slot: level.slots.at(-1)?.start ?? 0,
    used: usedIn(level),
    level: level.level,
  })),
});
