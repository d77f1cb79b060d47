import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as waited } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isLong } from "../long.ts";
import { describeRedis, type RedisServer, startRedis } from "../store/redis-server.ts";
import { MODEL } from "./billing-provider.ts";
import { billedOf, Fleet, IN_FLIGHT, sum, watching } from "./fleet.ts";
import type { Job, Load } from "./job.ts";
import { noted } from "./notes.ts";

const LOAD: Load = { tenant: "acme", lanes: IN_FLIGHT, holdMs: [50, 150], outputTokens: [10, 100], uses: [0.2, 1] };
const REGISTRY = {
  models: { one: MODEL },
  plans: { basic: { budgets: { usdPerMonth: 1_000 } } },
  policy: { plan: "basic" },
};
const LEASE_MS = 1_000;

describeRedis("budgets when processes and answers are lost", () => {
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

  const opened = async (more: Partial<Job>, notes?: string): Promise<Awaited<ReturnType<typeof watching>>> => {
    // What was known of the records before would be put back into the empty server.
    await fleet.close();
    await server.restart();
    const job = { store: { kind: "ioredis", path: server.path }, registry: REGISTRY, ...more } as const;
    await fleet.open(job, (index) => (index === 0 && notes !== undefined ? { notes } : {}));
    return watching(job);
  };

  it.each(
    isLong ? [{ slices: true }, { slices: false }] : [{ slices: true }],
  )("B2: what a killed process held is charged within its lease, and counted as orphaned: %j", async ({ slices }) => {
    const notes = join(folder, `killed ${slices}`);
    const watch = await opened({ quotas: { leaseMs: LEASE_MS, slices, timeoutMs: 5_000 } }, notes);
    await fleet.load(LOAD);
    await waited(700);
    await fleet.workers[0]?.end();
    const killedAt = performance.now();
    await fleet.start(0);
    while ((await watch.spend("acme")).orphaned === 0n) await waited(10);
    const tookMs = performance.now() - killedAt;
    await fleet.stop();
    const { spent, reserved, orphaned } = await watch.calm("acme");
    const reports = await fleet.reports();
    const { billed, possible } = noted(readFileSync(notes, "utf8"));
    const others = billedOf(reports, "acme");
    const beyond = spent - others - billed;
    console.log(
      `charged ${Math.round(tookMs)} ms after; orphaned ${orphaned} nano-dollars, of them not used ${beyond}`,
    );
    expect(reports.flatMap(({ storeEvents }) => storeEvents)).toEqual([]);
    expect(reserved).toBe(0n);
    expect(orphaned).toBeGreaterThan(0n);
    expect(tookMs).toBeLessThan(LEASE_MS + 4_000);
    // Exactly what it had said last: used, in flight and held ahead.
    expect(possible.some(([least, most]) => spent - others >= least && spent - others <= most)).toBe(true);
    expect(beyond).toBeGreaterThanOrEqual(0n);
    expect(beyond).toBeLessThanOrEqual(orphaned);
    await watch.end();
  }, 30_000);

  it("B2: a process that was frozen beyond its lease and comes back is charged what it used, to the nano-dollar", async () => {
    const watch = await opened({ quotas: { leaseMs: LEASE_MS, timeoutMs: 5_000 } });
    await fleet.load(LOAD);
    await waited(500);
    fleet.workers[0]?.process.kill("SIGSTOP");
    await waited(2_200);
    const meanwhile = await watch.spend("acme");
    fleet.workers[0]?.process.kill("SIGCONT");
    await waited(400);
    await fleet.stop();
    const { spent, reserved, orphaned } = await watch.calm("acme");
    const reports = await fleet.reports();
    console.log(`orphaned meanwhile ${meanwhile.orphaned}, of ${spent} at the end`);
    expect(meanwhile.orphaned).toBeGreaterThan(0n);
    expect({ off: spent - billedOf(reports, "acme"), reserved, orphaned }).toEqual({
      off: 0n,
      reserved: 0n,
      orphaned: 0n,
    });
    await watch.end();
  }, 30_000);

  const pauses = async (how: Partial<Job> & { readonly cut?: boolean; readonly rounds: number }): Promise<bigint> => {
    const { cut = false, rounds, ...more } = how;
    const watch = await opened({ quotas: { timeoutMs: 250 }, ...more });
    await fleet.load(LOAD);
    for (let round = 0; round < rounds; round += 1) {
      await waited(400);
      server.pause();
      await waited(600);
      if (cut) await fleet.cut();
      server.resume();
    }
    await waited(400);
    await fleet.stop();
    await fleet.back();
    // What somebody else's name holds is never given back.
    const { spent, reserved, orphaned } = await watch.calm("acme", more.repeatsLost === true ? 500 : 5_000);
    const reports = await fleet.reports();
    const calls = reports.reduce((all, { admitted }) => all + admitted.length, 0);
    const lost = reports.reduce(
      (all, { storeEvents }) => all + storeEvents.filter(({ state }) => state === "lost").length,
      0,
    );
    console.log(`${calls} calls, ${lost} outages seen, ${spent} nano-dollars`);
    expect(lost).toBeGreaterThan(0);
    expect(reports.map(({ unhandled }) => unhandled)).toEqual(reports.map(() => 0));
    expect(sum(reports.map(({ recorded }) => recorded))).toBe(billedOf(reports, "acme"));
    if (more.repeatsLost !== true) expect({ reserved, orphaned }).toEqual({ reserved: 0n, orphaned: 0n });
    await watch.end();
    return spent - billedOf(reports, "acme");
  };
  const rounds = isLong ? 5 : 2;

  it("B3: answers that are lost in a frozen Redis change nothing in what is spent", async () => {
    expect(await pauses({ rounds })).toBe(0n);
  }, 60_000);

  it("B3: nor do connections that are cut while it stands still", async () => {
    expect(await pauses({ rounds, cut: true })).toBe(0n);
  }, 60_000);

  it("B3: a client that repeats what was lost as something new is found out", async () => {
    const off = await pauses({ rounds: 1, repeatsLost: true });
    console.log(`off by ${off} nano-dollars`);
    expect(off).not.toBe(0n);
  }, 60_000);
});
