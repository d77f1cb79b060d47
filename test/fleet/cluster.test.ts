import { setTimeout as waited } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isLong } from "../long.ts";
import { describeRedis, type RedisServer, startCluster } from "../store/redis-server.ts";
import { MODEL } from "./billing-provider.ts";
import { billedOf, Fleet, reservedIn, type Spent, watching } from "./fleet.ts";
import type { Job, Load } from "./job.ts";

const TENANTS = Array.from({ length: 30 }, (_, index) => `tenant ${index}`);
const BUDGET = 200_000_000n;

describeRedis("four processes over a Redis Cluster", () => {
  const fleet = new Fleet();
  let nodes: readonly RedisServer[];

  beforeAll(async () => {
    [nodes] = await Promise.all([startCluster(), fleet.start()]);
  }, 60_000);
  afterAll(async () => {
    await fleet.end();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  // What those of a lost node may overrun is what the fleet took of them in the second before, and not all had heard.
  it("R8, B1, R4: when a node is killed budgets on the others stay exact, and those it had are spent by share", async () => {
    const job: Omit<Job, "seed"> = {
      store: { kind: "cluster", ports: nodes.map(({ port }) => port) },
      registry: {
        models: { one: MODEL },
        plans: { basic: { budgets: { usdPerMonth: Number(BUDGET) / 1e9 } } },
        policy: { plan: "basic" },
      },
    };
    await fleet.open(job);
    const load: Omit<Load, "tenant"> = {
      lanes: 2,
      holdMs: [20, 60],
      outputTokens: [20, 160],
      uses: [0.2, 1],
      restMs: [40, 80],
    };
    await fleet.load(...TENANTS.map((tenant) => ({ ...load, tenant })));
    await waited(800);
    const lostAt = Date.now();
    await nodes[2]?.kill();
    await waited(isLong ? 10_000 : 3_000);
    await fleet.stop();
    const reports = await fleet.reports();
    const watch = await watching(job);
    const spent = new Map<string, Spent>();
    await Promise.all(
      TENANTS.map((tenant) =>
        watch.calm(tenant).then(
          (each) => spent.set(tenant, each),
          () => {},
        ),
      ),
    );
    const lost = TENANTS.filter((tenant) => !spent.has(tenant));
    const over = lost.map((tenant) => {
      const beyond = billedOf(reports, tenant) - BUDGET;
      expect(beyond).toBeLessThanOrEqual(reservedIn(reports, lostAt - 1_000, lostAt, tenant));
      return beyond;
    });
    const worst = over.reduce((most, each) => (each > most ? each : most), 0n);
    const shares = lost.map((tenant) => Number(billedOf(reports, tenant)) / Number(BUDGET));
    console.log(
      `${lost.length} of ${TENANTS.length} lost; of them ${(100 * Math.min(...shares)).toFixed(1)} to ${(100 * Math.max(...shares)).toFixed(1)} % billed, at most ${worst} nano-dollars over; ` +
        `the others used ${[...spent.values()].map((each) => ((Number(each.spent) / Number(BUDGET)) * 100).toFixed(1)).join(" ")} %`,
    );
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(TENANTS.length);
    for (const [tenant, each] of spent) {
      const billed = billedOf(reports, tenant);
      expect({ off: each.spent - billed, reserved: each.reserved }, tenant).toEqual({ off: 0n, reserved: 0n });
      expect(billed).toBeLessThanOrEqual(BUDGET);
      expect(billed).toBeGreaterThan(0n);
    }
    for (const report of reports) {
      expect(report.unhandled).toBe(0);
      expect(report.warnings.filter((code) => code === "HEADGATE_STORE").length).toBeLessThanOrEqual(2);
    }
    await watch.end();
  }, 60_000);
});
