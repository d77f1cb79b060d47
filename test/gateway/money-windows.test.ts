/** B6: money windows, with several processes and calls that run across their ends, in virtual time. */
import fc from "fast-check";
import { createGateway, type Gateway, GatewayError, type MemoryLedger, memoryLedger, memoryStore } from "headgate";
import { type Act, type FakeProvider, fakeProvider, type VirtualClock, virtualClock } from "headgate/testing";
import { describe, expect, it } from "vitest";
import type { Store } from "../../src/contract/index.ts";
import { applyQuota, viewQuota } from "../../src/quotas/apply.ts";
import type { Quota } from "../../src/quotas/record.ts";
import { share } from "../long.ts";
import { ask, COST_OF_CALL, failure, limited, MODEL, settled, spentIn } from "./limited.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A store in memory that tells what every window has used, also those that are over. */
const watched = (clock: VirtualClock, delayMs: () => number) => {
  const records = new Map<string, Quota>();
  /** By counter and start. */
  const used = new Map<string, number>();
  const claim: Store["quotas"]["claim"] = async (key, counters, claimed) => {
    const [there, back] = [delayMs(), delayMs()];
    if (there > 0) await after(clock, there);
    const { quota, granted } = applyQuota(records.get(key), counters, claimed, clock.now());
    if (quota !== undefined) records.set(key, quota);
    for (const [name, { slots }] of Object.entries(quota?.counters ?? {})) {
      for (const slot of slots) used.set(`${name} ${slot.start}`, slot.used - slot.open);
    }
    if (back > 0) await after(clock, back);
    return granted;
  };
  const read: Store["quotas"]["read"] = async (key, counters) => {
    const quota = records.get(key);
    return quota && viewQuota(quota, counters, clock.now());
  };
  const store: Store = { ...memoryStore({ clock }), quotas: { claim, read } };
  return { store, used };
};

const after = (clock: VirtualClock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

interface Process {
  readonly gateway: Gateway;
  readonly provider: FakeProvider;
  readonly ledger: MemoryLedger;
}

const fleet = async (
  clock: VirtualClock,
  store: Store,
  size: number,
  plan: object,
  act: () => Act,
): Promise<readonly Process[]> => {
  const processes = Array.from({ length: size }, (): Process => {
    const provider = fakeProvider({ script: act });
    const ledger = memoryLedger();
    const gateway = createGateway({
      providers: [provider],
      registry: { models: { one: MODEL }, plans: { basic: plan }, policy: { plan: "basic" } },
      ledger,
      clock,
      store,
    }) as unknown as Gateway;
    return { gateway, provider, ledger };
  });
  // The registry's reader is loaded in real time.
  await Promise.all(processes.map(({ gateway }) => gateway.ready()));
  return processes;
};

describe("B6: windows", () => {
  it("what began in a window stays in it, however late it ends; the next begins empty", async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock });
    const [one, other] = (await fleet(clock, store, 2, { budgets: { usdPerHour: 1, usdPerDay: 2 } }, () => ({
      type: "slow",
      wordMs: 1_000,
    }))) as [Process, Process];
    const toNext = HOUR_MS - (clock.now() % HOUR_MS);
    await clock.advance(toNext - 3_000);
    const running = [one, other, one].map(({ gateway }) => gateway.complete(ask));
    await clock.advance(2_000);
    const [hour] = await one.gateway.spend();
    expect(hour).toMatchObject({ period: "hour", spentNanoUsd: 0n });
    expect(hour?.reservedNanoUsd).toBeGreaterThanOrEqual(3n * 40_000n);
    await clock.advance(2_000);
    // A second into the new hour: it has nothing of them, set aside or spent.
    expect((await one.gateway.spend())[0]).toMatchObject({ spentNanoUsd: 0n, reservedNanoUsd: 0n });
    await settled(clock, Promise.all(running));
    await clock.advance(1_000);
    const [after, day] = await other.gateway.spend();
    expect(after).toMatchObject({ spentNanoUsd: 0n, reservedNanoUsd: 0n });
    expect(day).toMatchObject({ period: "day", spentNanoUsd: BigInt(3 * COST_OF_CALL), reservedNanoUsd: 0n });
    for (const { gateway } of [one, other]) await gateway.close();
  });

  it("a window that was spent opens again at its end, to the millisecond", async () => {
    const stage = limited({ budgets: { usdPerHour: 0.00012 } });
    const { gateway, clock } = stage;
    await gateway.complete(ask);
    const error = await failure(gateway.complete({ ...ask, maxOutputTokens: 20 }));
    await clock.advance((error.retryAfterMs ?? 0) - 1);
    expect((await failure(gateway.complete({ ...ask, maxOutputTokens: 20 }))).retryAfterMs).toBe(1);
    await clock.advance(1);
    expect((await gateway.complete(ask)).costUsd).toBe(0.00004);
    await gateway.close();
  });

  it("a process that was there for hours corrects the hour before as well as its own", async () => {
    const clock = virtualClock({ startMs: Date.UTC(2026, 2, 1) });
    const { store, used } = watched(clock, () => 0);
    let act: Act = { type: "answer" };
    const [one] = (await fleet(clock, store, 1, { budgets: { usdPerHour: 1, usdPerDay: 1 } }, () => act)) as [Process];
    // Never a minute without a call, so that it is never forgotten.
    const callsUntil = async (untilMs: number): Promise<void> => {
      while (clock.now() < untilMs) {
        await one.gateway.complete(ask);
        await clock.advance(50_000);
      }
    };
    const hour = (index: number): number => Date.UTC(2026, 2, 1, index);
    await callsUntil(hour(3) - 60_000);
    act = { type: "stall", afterWords: 2, deaf: true };
    const deaf = failure(one.gateway.stream({ ...ask, timeouts: { idleMs: 500 } }).completion());
    await clock.advance(10_000);
    await deaf;
    act = { type: "answer" };
    await callsUntil(hour(3) + 200_000);
    one.provider.release();
    await clock.advance(1_000);
    await one.gateway.close();
    expect(one.ledger.entries().filter(({ type }) => type === "amendment")).toHaveLength(1);
    expect(filled(used)).toEqual(filled(expected([one.ledger])));
  });

  it("a budget that is taken away and given back goes on where it was", async () => {
    const clock = virtualClock();
    let plan: object = { budgets: { usdPerDay: 1 }, limits: { requestsPerDay: 1_000 } };
    const stage = limited({}, { clock, registry: { policy: {} }, tenants: () => plan });
    const { gateway, ledger } = stage;
    const calls = async (count: number): Promise<bigint> => {
      const before = spentIn(ledger);
      for (let call = 0; call < count; call += 1) {
        await gateway.complete(ask);
        await clock.advance(100);
      }
      return spentIn(ledger) - before;
    };
    let counted = await calls(10);
    plan = { limits: { requestsPerDay: 1_000 } };
    await calls(2);
    expect(await gateway.spend()).toEqual([]);
    plan = { budgets: { usdPerDay: 2 }, limits: { requestsPerDay: 1_000 } };
    counted += await calls(2);
    await clock.advance(1_000);
    const [spend] = await gateway.spend();
    expect(spend).toMatchObject({ spentNanoUsd: counted, reservedNanoUsd: 0n, limitNanoUsd: 2_000_000_000n });
    expect((await gateway.limits())[0]).toMatchObject({ limit: "tenant default: requests per day", used: 14 });
    await gateway.close();
  });

  interface Planned {
    readonly atMs: number;
    readonly process: number;
    readonly act: "answer" | "slow" | "cut" | "deaf" | "fail";
    readonly lengthMs: number;
  }

  /** Near the ends of hours more often than elsewhere. */
  const moments = fc.oneof(
    fc.integer({ min: 0, max: 3 * HOUR_MS }),
    fc
      .tuple(fc.constantFrom(1, 2, 3), fc.integer({ min: -90_000, max: 20_000 }))
      .map(([hour, ms]) => hour * HOUR_MS + ms),
  );
  const plans = fc.array(
    fc.record<Planned>({
      atMs: moments,
      process: fc.nat({ max: 2 }),
      act: fc.constantFrom("answer", "answer", "slow", "slow", "cut", "deaf", "fail"),
      lengthMs: fc.integer({ min: 600, max: 120_000 }),
    }),
    { minLength: 5, maxLength: 40 },
  );

  const actOf = ({ act, lengthMs }: Planned): Act => {
    if (act === "slow") return { type: "slow", wordMs: Math.ceil(lengthMs / 6) };
    if (act === "cut") return { type: "cut", afterWords: 3 };
    if (act === "deaf") return { type: "stall", afterWords: 2, deaf: true };
    if (act === "fail") return { type: "fail", error: new GatewayError("overloaded", "no", { details: {} }) };
    return { type: "answer" };
  };

  /** Plays calls, and answers what each window must have used: what the ledgers say of attempts that began in it. */
  const play = async (planned: readonly Planned[], plan: object, delayMs: (clock: VirtualClock) => number) => {
    const clock = virtualClock({ startMs: Date.UTC(2026, 2, 1, 22) });
    const startMs = clock.now();
    const { store, used } = watched(clock, () => delayMs(clock));
    let next: Act = { type: "answer" };
    const processes = await fleet(clock, store, 3, plan, () => next);
    const releaseAll = (): void => {
      for (const { provider } of processes) provider.release();
    };
    const calls: Promise<unknown>[] = [];
    for (const each of planned.toSorted((one, other) => one.atMs - other.atMs)) {
      await clock.advance(Math.max(0, startMs + each.atMs - clock.now()));
      next = actOf(each);
      const timeouts = { totalMs: 400_000, firstTokenMs: 200_000, idleMs: each.act === "deaf" ? 500 : 200_000 };
      const { gateway } = processes[each.process] as Process;
      calls.push(
        gateway
          .stream({ ...ask, timeouts })
          .completion()
          .catch(() => {}),
      );
      await clock.advance(1);
      // Whoever is deaf goes on after that, perhaps in the next window.
      clock.after(each.lengthMs + 1_000, releaseAll);
    }
    await settled(clock, Promise.all(calls), 20_000);
    await clock.advance(130_000);
    releaseAll();
    await clock.advance(2_000);
    for (const { gateway } of processes) await settled(clock, gateway.close());
    return { used, ledgers: processes.map(({ ledger }) => ledger) };
  };

  /** By window, of the attempts that began in it and all that was learnt of them later. */
  const expected = (ledgers: readonly MemoryLedger[]): Map<string, number> => {
    const windows = new Map<string, number>();
    const add = (atMs: number, nanoUsd: number): void => {
      for (const [name, length] of [
        ["usd.hour", HOUR_MS],
        ["usd.day", DAY_MS],
      ] as const) {
        const window = `${name} ${Math.floor(atMs / length) * length}`;
        windows.set(window, (windows.get(window) ?? 0) + nanoUsd);
      }
    };
    for (const ledger of ledgers) {
      const began = new Map<string, number>();
      for (const entry of ledger.entries()) {
        if (entry.type === "call") {
          for (const attempt of entry.attempts) {
            began.set(`${entry.id} ${attempt.attempt}`, attempt.startedAtMs);
            add(attempt.startedAtMs, attempt.costNanoUsd ?? Number.NaN);
          }
        } else if (entry.type === "amendment") {
          add(began.get(`${entry.callId} ${entry.attempt}`) ?? Number.NaN, entry.costNanoUsd ?? Number.NaN);
        }
      }
    }
    return windows;
  };

  const filled = (windows: ReadonlyMap<string, number>): Record<string, number> =>
    Object.fromEntries([...windows].filter(([, nanoUsd]) => nanoUsd !== 0).sort());

  it("for every window, what was spent in it is the sum of what began in it: any schedule, three processes", async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.boolean(), async (planned, isTight) => {
        const usdPerHour = isTight ? 0.0004 : 1;
        const plan = { budgets: { usdPerHour, usdPerDay: 10 }, whenOver: { queue: { maxWaitMs: 60_000 } } };
        const { used, ledgers } = await play(planned, plan, () => 0);
        expect(filled(used)).toEqual(filled(expected(ledgers)));
        for (const [window, nanoUsd] of used) {
          if (window.startsWith("usd.hour")) expect(nanoUsd).toBeLessThanOrEqual(usdPerHour * 1e9);
        }
      }),
      { numRuns: share(RUNS), seed: 7 },
    );
  }, 120_000);

  it("with a slow store nothing is lost or counted twice, and no window is overrun", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (planned) => {
        const plan = { budgets: { usdPerHour: 0.0004, usdPerDay: 10 } };
        const { used, ledgers } = await play(planned, plan, (clock) => Math.floor(clock.chance() * 100));
        const spent = ledgers.reduce((sum, ledger) => sum + spentIn(ledger), 0n);
        for (const name of ["usd.hour", "usd.day"]) {
          const own = [...used].filter(([window]) => window.startsWith(name)).map(([, nanoUsd]) => nanoUsd);
          expect(BigInt(own.reduce((sum, nanoUsd) => sum + nanoUsd, 0))).toBe(spent);
          if (name === "usd.hour") expect(Math.max(0, ...own)).toBeLessThanOrEqual(400_000);
        }
      }),
      { numRuns: share(RUNS), seed: 8 },
    );
  }, 120_000);
});

const RUNS = 120;
