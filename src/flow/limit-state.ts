import type { Counter, CounterTemplate, LimitDetails, QuotaLevel, QuotaView } from "../contract/index.ts";
import type { Holder } from "../quotas/holder.ts";
import { leftOf, usedIn } from "../quotas/room.ts";

/** One limit of one scope, as it stands, and where it stands in the store. */
export interface LimitState {
  readonly scope: LimitDetails["scope"];
  readonly key: string;
  readonly level: QuotaLevel;
  readonly template: CounterTemplate;
  readonly counter: Counter;
  /** In the counter's own unit: requests, tokens, calls, nano-dollars. */
  readonly used: number;
  /** Of `used`: set aside for what is still running. */
  readonly open: number;
  /** Held ahead by processes. */
  readonly held: number;
  readonly orphaned: number;
  readonly restored: number;
  readonly left: number;
  /** Of a calendar window. */
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
}

/** What the store says, and what this process has not said yet. */
export const stateOf = (
  level: QuotaLevel,
  counters: readonly Counter[],
  view: QuotaView | undefined,
  holder: Holder | undefined,
): readonly LimitState[] =>
  counters.map((counter, index) => {
    const template = level.template.counters[index] as CounterTemplate;
    const { scope, key } = level;
    const known = view?.levels[index];
    const window = known?.slots.at(-1) ?? windowOf(counter);
    const account = holder?.accounts.find((each) => each.counter.name === counter.name);
    const unsaid = account?.unposted(window?.start ?? account.spareSlot) ?? { used: 0, open: 0 };
    // What was held in a window that is over is not held in this one.
    const isHeldNow = counter.type !== "calendar" || account?.spareSlot === window?.start;
    const { hold = 0, spare = 0 } = (isHeldNow ? account : undefined) ?? {};
    const sum = (pick: "open" | "orphaned" | "restored"): number =>
      known?.slots.reduce((all, slot) => all + slot[pick], 0) ?? 0;
    return {
      scope,
      key,
      level,
      template,
      counter,
      used: (known === undefined ? 0 : usedIn(known)) + unsaid.used,
      open: sum("open") + unsaid.open,
      held: (known?.held ?? 0) - hold + spare,
      orphaned: sum("orphaned"),
      restored: sum("restored"),
      left: (known === undefined ? counter.cap : leftOf(known, counter)) + hold - unsaid.used,
      startsAtMs: counter.type === "calendar" ? window?.start : undefined,
      endsAtMs: counter.type === "calendar" ? window?.end : undefined,
    };
  });

/** Of a calendar that the store has nothing of: the window that its limits were read for, between the one before and the next. */
const windowOf = (counter: Counter): { readonly start: number; readonly end: number } | undefined => {
  if (counter.type !== "calendar") return undefined;
  const [, start = 0, end = 0] = counter.starts;
  return { start, end };
};
