import assert from "node:assert/strict";
import fc from "fast-check";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Granted, QuotaStore } from "../../src/contract/index.ts";
import { applyQuota, type Outcome } from "../../src/quotas/apply.ts";
import { usedOf } from "../../src/quotas/counter-state.ts";
import type { Quota } from "../../src/quotas/record.ts";
import { portOf } from "../../src/store/redis/client.ts";
import { redisQuotas } from "../../src/store/redis/quotas.ts";
import { share } from "../long.ts";
import { plays, QuotaPlay, type Step } from "./quota-play.ts";
import { recordOf, sumsOf } from "./redis-record.ts";
import { describeRedis, type RedisServer, startRedis } from "./redis-server.ts";

/** A client as the test needs it besides the store: commands as they are, with replies in RESP2's shapes. */
interface Client {
  readonly quotas: QuotaStore;
  send(...args: string[]): Promise<unknown>;
}

describeRedis("quotas in Redis", () => {
  let server: RedisServer;
  let ioredis: Redis;
  let nodeRedis: ReturnType<typeof createNodeRedis>;
  let timeMs = 0;
  const createNodeRedis = (path: string) => createClient({ socket: { path, tls: false }, RESP: 2 });

  beforeAll(async () => {
    server = await startRedis();
    ioredis = new Redis({ path: server.path });
    nodeRedis = createNodeRedis(server.path);
    nodeRedis.on("error", () => {});
    await nodeRedis.connect();
    // From here on the server knows the script, so that commands are run in the order in which they are sent.
    const warm = new QuotaPlay().claimOf({ does: "claim", holder: 0, rolls: [0] });
    if (warm !== undefined) await clientsOf().ioredis.quotas.claim("warm", [], warm.claim);
  });

  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await server.stop();
  });

  const clientsOf = (): Record<"ioredis" | "node-redis", Client> => {
    const on = (client: unknown): QuotaStore =>
      redisQuotas({ port: portOf(client), prefix: "t:", storeName: "redis", timeMs: () => timeMs });
    return {
      ioredis: { quotas: on(ioredis), send: (command, ...args) => ioredis.call(command as string, ...args) },
      "node-redis": { quotas: on(nodeRedis), send: (...args) => nodeRedis.sendCommand(args) },
    };
  };

  let played = 0;

  /** Plays in memory, sends the same to Redis without waiting, then compares every answer and every record. */
  const compare = async ({ quotas, send }: Client, steps: readonly Step[], watch?: Watch): Promise<number> => {
    const play = new QuotaPlay();
    played += 1;
    const key = `play ${played}`;
    let quota: Quota | undefined;
    const done: {
      outcome: Outcome;
      step: number;
      granted: Promise<Granted>;
      record: Promise<unknown>;
      ttl: Promise<unknown>;
    }[] = [];
    for (const [index, step] of steps.entries()) {
      if (step.does === "lose") {
        quota = undefined;
        play.lost();
        send("DEL", `t:q:${key}`).catch(() => {});
        continue;
      }
      const made = play.claimOf(step);
      if (made === undefined) continue;
      const before = quota;
      const outcome = applyQuota(before, play.counters, made.claim, play.timeMs);
      timeMs = play.timeMs;
      const granted = quotas.claim(key, play.counters, made.claim);
      done.push({
        outcome,
        step: index,
        granted,
        record: send("HGETALL", `t:q:${key}`),
        ttl: send("PTTL", `t:q:${key}`),
      });
      quota = outcome.quota;
      watch?.(before, outcome, made.claim);
      made.answered(outcome.granted);
    }
    for (const { outcome, step, granted, record, ttl } of done) {
      const at = JSON.stringify({ step, steps: steps.slice(0, step + 1) });
      assert.deepStrictEqual(await granted, outcome.granted, at);
      const fields = (await record) as string[];
      assert.deepStrictEqual(recordOf(fields), outcome.quota, at);
      for (const [sum, slots] of sumsOf(fields)) assert.equal(sum, slots, at);
      if (outcome.granted.stale) continue;
      const over = outcome.keepUntilMs - outcome.granted.nowMs - Number(await ttl);
      assert(over >= 0 && over < 5_000, `kept ${over} ms less than it must be: ${at}`);
    }
    send("DEL", `t:q:${key}`).catch(() => {});
    return done.length;
  };

  it.each([
    ["ioredis", 9_000],
    ["node-redis", 1_000],
  ] as const)(
    "answers and keeps what applyQuota does, to the last figure, in random plays over %s (R7, B3)",
    async (name, runs) => {
      const client = clientsOf()[name];
      let claims = 0;
      await fc.assert(
        fc.asyncProperty(plays({ redefined: true, lost: true, setBack: true }), async (steps) => {
          claims += await compare(client, steps);
        }),
        { numRuns: share(runs) },
      );
      expect(claims).toBeGreaterThan(share(runs) * 5);
    },
    600_000,
  );

  it.each([
    { setBack: true },
    { lost: true },
  ])("what is held is what rows hold, nothing is used less than not at all, and spent falls by its holder's own settlement alone: %j", async (wrongs) => {
    const client = clientsOf().ioredis;
    await fc.assert(
      fc.asyncProperty(plays(wrongs), async (steps) => {
        await compare(client, steps, invariants);
      }),
      { numRuns: share(2_000) },
    );
  }, 300_000);
});

type Watch = (before: Quota | undefined, outcome: Outcome, claim: Parameters<typeof applyQuota>[2]) => void;

const invariants: Watch = (before, { quota, granted }, claim) => {
  if (quota === undefined || granted.stale) return;
  const rows = Object.values(quota.rows);
  assert.equal(quota.live, rows.filter(({ expired }) => !expired).length, "live rows");
  const had = before?.rows[claim.holder];
  for (const [index, [name, state]] of Object.entries(quota.counters).entries()) {
    const holding = rows
      .filter(({ expired }) => !expired)
      .map((row) => row.counters[name])
      .filter((mine) => mine !== undefined && (state.type !== "calendar" || mine.slot === state.slot));
    assert.equal(
      state.held,
      holding.reduce((sum, mine) => sum + (mine?.hold ?? 0), 0),
      `held of ${name}`,
    );
    // What a bucket counts as used limits nothing, and after a loss begins anew while holders go on.
    assert(state.type === "bucket" || usedOf(state) >= 0, `${name}: below nothing ${JSON.stringify(state)}`);
    for (const slot of state.slots) {
      const was = before?.counters[name]?.slots.find(({ start }) => start === slot.start);
      if (was === undefined) continue;
      const mine = had?.counters[name];
      const said = claim.positions[index]?.used.find((each) => each.slot === slot.start);
      const remembered = mine?.used.find((each) => each.slot === slot.start)?.used;
      const isCharged = had?.expired === true && mine?.slot === slot.start && state.type !== "parallel";
      const settled = said === undefined ? 0 : Math.max(0, (remembered ?? said.acked) - said.used);
      const mayFall = state.type === "parallel" ? Number.POSITIVE_INFINITY : settled + (isCharged ? mine.hold : 0);
      assert(slot.used >= was.used - mayFall, `spent fell: ${name} ${was.used} to ${slot.used}`);
    }
  }
};
