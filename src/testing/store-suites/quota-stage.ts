import type { Counter, Granted, Level, QuotaStore } from "../../contract/index.ts";
import { claimOf, slotAt, windows } from "./quota-holder.ts";
import type { Playing, StoreStage } from "./stage.ts";

/** A store of quotas under test. Its `advance` also takes a negative time: clocks are set back. */
export interface QuotaStage extends StoreStage<QuotaStore> {
  /** Puts what nobody can read in the place of that key's record. Absent: it cannot, and what needs it is skipped. */
  spoil?(key: string): void | Promise<void>;
}

export type QuotaPlaying = Playing<QuotaStage>;

export const HOUR_MS = 3_600_000;
export const SOON_MS = 200;

/** By the store's own time, which may be another than ours. */
export const countersOf = async ({ port, own }: QuotaPlaying, cap = 100): Promise<readonly Counter[]> => {
  const parallel: Counter = { name: "parallel", type: "parallel", cap };
  const { nowMs } = await port.claim(own("the time"), [parallel], claimOf([parallel], { holder: own("").slice(0, 8) }));
  return [{ name: "usd", type: "calendar", cap, starts: windows(nowMs, 86_400_000) }, parallel];
};

export const usdOf = (counters: readonly Counter[], { nowMs }: Pick<Granted, "nowMs">): number =>
  slotAt(counters[0] as Counter, nowMs);

/** What is used, held and orphaned in the window of money. */
export const usd = ({
  levels,
}: {
  readonly levels: readonly Level[];
}): readonly [used: number, held: number, orphaned: number] => {
  const [slot] = levels[0]?.slots ?? [];
  return [slot?.used ?? Number.NaN, levels[0]?.held ?? Number.NaN, slot?.orphaned ?? Number.NaN];
};
