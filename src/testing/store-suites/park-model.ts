import assert from "node:assert/strict";
import type { StoreStage } from "./stage.ts";

/** Who is parked until when, as far as can be told from outside: between what was measured before and after. */
export interface ParkModel {
  park(name: string, forMs: number, ask: () => Promise<void>): Promise<void>;
  expectParked(name: string, ask: () => Promise<number>): Promise<void>;
}

/** What a store may round off. */
const ROUNDED_MS = 2;

/** By the stage's own time where it can be moved, else by how much of ours has passed: the store's may be another day. */
export const parkModel = ({ advance, now }: Pick<StoreStage<unknown>, "advance" | "now">): ParkModel => {
  const ends = new Map<string, { readonly earliest: number; readonly latest: number }>();
  const at = (): number => (advance !== undefined && now !== undefined ? now() : performance.now());
  return {
    async park(name, forMs, ask) {
      const before = at();
      await ask();
      const { earliest = 0, latest = 0 } = ends.get(name) ?? {};
      ends.set(name, { earliest: Math.max(earliest, before + forMs), latest: Math.max(latest, at() + forMs) });
    },
    async expectParked(name, ask) {
      const before = at();
      const leftMs = await ask();
      const { earliest = 0, latest = 0 } = ends.get(name) ?? {};
      const least = Math.max(0, earliest - at() - ROUNDED_MS);
      const most = Math.max(0, latest - before + ROUNDED_MS);
      assert(leftMs >= least && leftMs <= most, `${name} is parked for ${leftMs} ms, not ${least} to ${most}`);
    },
  };
};
