import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as waited } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isLong } from "../long.ts";
import { describeRedis, type RedisServer, startRedis } from "../store/redis-server.ts";
import { MODEL } from "./billing-provider.ts";
import { excessOf } from "./excess.ts";
import { billedOf, Fleet, IN_FLIGHT, PROCESSES, percentile, reservedIn, sum, watching } from "./fleet.ts";
import type { Job, Load, Report } from "./job.ts";
import { noted } from "./notes.ts";

const TIMEOUT_MS = 250;
const LOAD: Load = { tenant: "acme", lanes: IN_FLIGHT, holdMs: [20, 60], outputTokens: [40, 400], uses: [0.2, 1] };

const registryOf = (entry: object): object => ({
  models: { one: MODEL },
  plans: { basic: entry },
  policy: { plan: "basic" },
});

/**
 * A word when the store was lost and one when it was back, however many calls met it. A machine that is held up for longer
 * than the store may take makes an outage of its own; never two within the one that was made.
 */
const toldOnce = (reports: readonly Report[], lostAtMs: number, backAtMs: number): void => {
  for (const { storeEvents, warnings, unhandled } of reports) {
    expect(storeEvents.map(({ state }) => state)).toEqual(storeEvents.map((_, at) => (at % 2 === 0 ? "lost" : "back")));
    expect(storeEvents.filter(({ atMs }) => atMs > lostAtMs && atMs < backAtMs).length).toBeLessThanOrEqual(1);
    expect(storeEvents.length).toBeGreaterThanOrEqual(2);
    expect(warnings.filter((code) => code === "HEADGATE_STORE").length).toBe(storeEvents.length);
    expect(unhandled).toBe(0);
  }
};

describeRedis("four processes while their Redis is away", () => {
  const fleet = new Fleet();
  const folder = mkdtempSync(join(tmpdir(), "headgate-fleet-"));
  let server: RedisServer;

  beforeAll(async () => {
    [server] = await Promise.all([startRedis(), fleet.start()]);
  });
  afterAll(async () => {
    await fleet.end();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const opened = async (entry: object, quotas: Job["quotas"] = {}, notes?: string) => {
    await fleet.close();
    await server.restart();
    const job: Omit<Job, "seed"> = {
      store: { kind: "ioredis", path: server.path },
      registry: registryOf(entry),
      quotas: { timeoutMs: TIMEOUT_MS, ...quotas },
    };
    await fleet.open(job, (index) => (notes === undefined ? {} : { notes: join(folder, `${notes} ${index}`) }));
    return watching(job);
  };

  it("R1, R3, R6: a frozen Redis costs one timeout once, and the fleet keeps to the limit without it", async () => {
    const [burst, perMinute] = [100, 12_000];
    const outageMs = isLong ? 20_000 : 4_000;
    const watch = await opened({ limits: { requestsPerMinute: perMinute, requestsBurst: burst } });
    await fleet.load({ ...LOAD, holdMs: [5, 25], restMs: [5, 40] });
    await fleet.met();
    const metAt = Date.now();
    await waited(1_000);
    server.pause();
    const pausedAt = Date.now();
    await waited(outageMs);
    const resumedAt = Date.now();
    server.resume();
    await fleet.back();
    await waited(500);
    await fleet.stop();
    const reports = await fleet.reports();
    await fleet.close();
    await watch.end();
    const admitted = reports.flatMap((report) => report.admitted);
    const within = (atMs: number, fromMs: number, toMs: number): boolean => atMs > fromMs && atMs < toMs;
    const during = admitted.filter(({ atMs }) => within(atMs, pausedAt, resumedAt));
    const heard = (fromMs: number, toMs: number): readonly number[] =>
      reports
        .flatMap(({ admitted: let_in, refused }) => [...let_in, ...refused])
        .filter(({ atMs }) => within(atMs, fromMs, toMs))
        .map(({ waitedMs }) => waitedMs);
    const first = heard(pausedAt, pausedAt + TIMEOUT_MS * 2);
    const later = heard(pausedAt + TIMEOUT_MS * 3, resumedAt);
    const most = burst + (perMinute * (resumedAt - pausedAt)) / 60_000;
    const worst = (fromMs: number, toMs: number): number =>
      excessOf(
        admitted.filter(({ atMs }) => within(atMs, fromMs, toMs)).map(({ atMs }) => ({ atMs, amount: 1 })),
        burst,
        perMinute,
      );
    // From when all of them knew of each other.
    const excess = worst(metAt, Number.POSITIVE_INFINITY);
    console.log(
      `at first at most ${Math.max(...first).toFixed(0)} ms; then p50 ${percentile(later, 0.5).toFixed(3)} ms, p99 ${percentile(later, 0.99).toFixed(1)} ms; ` +
        `${during.length} (${reports.map((report) => report.admitted.filter(({ atMs }) => within(atMs, pausedAt, resumedAt)).length).join(" + ")}) of ${most.toFixed(0)} in ${resumedAt - pausedAt} ms; worst window ${excess.toFixed(1)} over, before ${worst(0, pausedAt).toFixed(1)}, from then on ${worst(pausedAt, Number.POSITIVE_INFINITY).toFixed(1)}; ${admitted.length - admitted.filter(({ atMs }) => atMs < resumedAt).length} after it`,
    );
    expect(during.length).toBeLessThanOrEqual(most);
    expect(during.length).toBeGreaterThan(0.7 * (most - burst));
    expect(excess).toBeLessThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1_000);
    expect(percentile(later, 0.5)).toBeLessThanOrEqual(1);
    toldOnce(reports, pausedAt, resumedAt);
  }, 60_000);

  it("R2: a Redis that was killed and comes back empty knows again what was spent", async () => {
    const budget = 5_000_000_000n;
    const watch = await opened({ budgets: { usdPerMonth: 5 } });
    await fleet.load({ ...LOAD, holdMs: [50, 150], refusals: 12 });
    await fleet.met();
    await waited(600);
    const before = await watch.spend("acme");
    const lostAt = Date.now();
    await server.kill();
    await waited(500);
    await server.restart();
    const backAt = Date.now();
    await fleet.finish();
    await fleet.back();
    const { spent, reserved } = await watch.calm("acme");
    const reports = await fleet.reports();
    const billed = billedOf(reports, "acme");
    const recoveredMs = Math.max(
      ...reports.map(({ storeEvents }) => (storeEvents.find(({ atMs }) => atMs > backAt)?.atMs ?? 0) - backAt),
    );
    console.log(
      `${before.spent} spent and ${before.reserved} reserved before; back after ${recoveredMs} ms; ${billed} of ${budget} billed, ${spent - billed} more remembered; ${reservedIn(reports, lostAt - 1_000, lostAt)} reserved in the last second`,
    );
    toldOnce(reports, lostAt, backAt);
    expect(recoveredMs).toBeGreaterThan(0);
    expect(recoveredMs).toBeLessThanOrEqual(2_000);
    expect(reserved).toBe(0n);
    // What is remembered may be what had not yet been corrected, never less than what was used.
    expect(spent).toBeGreaterThanOrEqual(billed);
    expect(billed - budget).toBeLessThanOrEqual(reservedIn(reports, lostAt - 1_000, lostAt));
    expect(billed).toBeGreaterThan((budget * 9n) / 10n);
    await fleet.close();
    await watch.end();
  }, 60_000);

  it("R4, R5: a budget is spent by share in an outage, never beyond, and all of it is posted once", async () => {
    const budget = 1_000_000_000n;
    const watch = await opened({ budgets: { usdPerMonth: 1 } });
    await fleet.load({ ...LOAD, lanes: 16, holdMs: [50, 150], outputTokens: [10, 100], refusals: 12 });
    await fleet.met();
    await waited(600);
    const before = await watch.spend("acme");
    const lostAt = Date.now();
    server.pause();
    await fleet.finish();
    const atLoss = billedOf(await fleet.reports(), "acme");
    const backAt = Date.now();
    server.resume();
    await fleet.load({ ...LOAD, lanes: 16, refusals: 8 });
    await fleet.finish();
    await fleet.back();
    const { spent, reserved } = await watch.calm("acme");
    const reports = await fleet.reports();
    const billed = billedOf(reports, "acme");
    console.log(
      `${before.spent + before.reserved} used before, ${atLoss} of ${budget} in the outage, ${billed} in all; ${reservedIn(reports, lostAt - 1_000, lostAt)} reserved in the last second`,
    );
    toldOnce(reports, lostAt, backAt);
    expect(before.spent + before.reserved).toBeLessThan((budget * 9n) / 10n);
    expect(atLoss).toBeGreaterThan(before.spent);
    // What others had taken, and one had not yet heard, it reckoned with as left.
    const unheard = reservedIn(reports, lostAt - 1_000, lostAt);
    expect(atLoss - budget).toBeLessThanOrEqual(unheard);
    expect(billed - budget).toBeLessThanOrEqual(unheard);
    expect({ off: spent - billed, reserved }).toEqual({ off: 0n, reserved: 0n });
    expect(sum(reports.map(({ recorded }) => recorded))).toBe(billed);
    await fleet.close();
    await watch.end();
  }, 60_000);

  it("R4: with `deny` nothing is spent beyond what was held", async () => {
    const watch = await opened({ budgets: { usdPerMonth: 1_000 } }, { onStoreLoss: "deny" }, "deny");
    await fleet.load({ ...LOAD, refusals: 12 });
    await fleet.met();
    await waited(800);
    server.pause();
    await fleet.finish();
    const reports = await fleet.reports();
    const each = Array.from({ length: PROCESSES }, (_, index) =>
      noted(readFileSync(join(folder, `deny ${index}`), "utf8")),
    );
    server.resume();
    await fleet.back();
    const { spent } = await watch.calm("acme");
    const codes = new Set(reports.flatMap(({ refused }) => refused.map(({ code }) => code)));
    expect(codes).toEqual(new Set(["store_unavailable"]));
    for (const [index, { billed, possible }] of each.entries()) {
      expect(billed).toBe(reports[index]?.billed["acme"]);
      const held = possible[0]?.[1] ?? 0n;
      console.log(`${billed} billed of ${held} that were said`);
      expect(billed).toBeLessThanOrEqual(held);
    }
    expect(spent).toBe(billedOf(reports, "acme"));
    await fleet.close();
    await watch.end();
  }, 60_000);
});
