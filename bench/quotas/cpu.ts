/**
 * CPU of quotas in memory: of an admission and a settlement by themselves, and what limits and a budget add to a call.
 * Bars: 3 µs an admission where the process holds enough, 8 µs a fold.
 */
import { type ContentEvent, createGateway, type Provider } from "headgate";
import { applyQuota } from "../../src/quotas/apply.ts";
import type { Quota } from "../../src/quotas/record.ts";
import type { Ticket } from "../../src/quotas/ticket.ts";
import { memoryStore } from "../../src/store/memory/memory-store.ts";
import { cpuOf, cpuPerCall, median, spread } from "../measure.ts";
import { ACTUAL, counted, fleetOn, NEED, plenty, settle } from "./held.ts";

const ROUNDS = 7;
const BATCH = 64;
const BATCHES = 1_000;

/** Admits and settles a batch at a time, and lets claims through between them. */
const direct = async () => {
  const { store, claims } = counted(memoryStore());
  const fleet = fleetOn(store);
  const admits: number[] = [];
  const settles: number[] = [];
  let local = 0;
  for (let round = -1; round < ROUNDS; round += 1) {
    let [admitUs, settleUs, waited] = [0, 0, 0];
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const tickets: (Ticket | Promise<Ticket>)[] = [];
      const began = process.cpuUsage();
      for (let index = 0; index < BATCH; index += 1) tickets.push(fleet.of("tenant:hot", plenty).admit(NEED));
      admitUs += cpuOf(began);
      const given: Ticket[] = [];
      for (const ticket of tickets) {
        if (ticket instanceof Promise) waited += 1;
        given.push(await ticket);
      }
      const ended = process.cpuUsage();
      for (const ticket of given) settle(ticket, ACTUAL);
      settleUs += cpuOf(ended);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    // The first warms up.
    if (round < 0) continue;
    admits.push(admitUs / (BATCH * BATCHES));
    settles.push(settleUs / (BATCH * BATCHES));
    local += 1 - waited / (BATCH * BATCHES);
  }
  await fleet.close();
  console.log(
    `hot tenant, 4 limits   admission ${spread(admits, 2)}   settlement ${spread(settles, 2)}   ` +
      `${((local / ROUNDS) * 100).toFixed(1)} % local, ${(claims() / (BATCH * BATCHES * (ROUNDS + 1))).toFixed(4)} claims a call`,
  );
  return median(admits);
};

/** What a store without a server of its own does with each claim. */
const fold = (holders: number): readonly number[] => {
  const counters = plenty.counters.map((counter) => counter.at(Date.now()));
  const figures: number[] = [];
  const at = Date.now();
  let quota: Quota | undefined;
  let seq = 0;
  for (let round = -1; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let time = 0; time < 20_000; time += 1) {
      seq += 1;
      const positions = counters.map(({ type }) => ({
        used: [{ slot: type === "calendar" ? slotOf(counters) : 0, used: seq * 10, open: 5, acked: (seq - 1) * 10 }],
        keep: 3,
        want: 20,
        least: 1,
      }));
      const known = { born: 0, atMs: 0, counters: [] };
      const claim = { holder: `h${seq % holders}`, seq, leaseMs: 60_000, validUntilMs: 0, nonce: 1, known, positions };
      quota = applyQuota(quota, counters, claim, at + Math.floor(seq / 10)).quota;
    }
    if (round >= 0) figures.push(cpuOf(before) / 20_000);
  }
  return figures;
};

const slotOf = (counters: readonly { readonly type: string }[]): number => {
  const calendar = counters.find(({ type }) => type === "calendar") as
    | { readonly starts?: readonly number[] }
    | undefined;
  return calendar?.starts?.[1] ?? 0;
};

const usage = {
  input: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
  output: { total: 10, reasoning: 0 },
  meters: {},
  source: "reported",
} as const;

const answer = async function* (): AsyncGenerator<ContentEvent> {
  yield { type: "part-start", index: 0, part: { type: "text" } };
  yield { type: "part-end", index: 0, part: { type: "text", text: "word" } };
  yield { type: "finish", finishReason: "stop", usage, response: {} };
};

/** Whole calls: under limits and a budget, and under none. */
const calls = async (): Promise<void> => {
  const instant: Provider<"instant"> = {
    contract: 1,
    name: "instant",
    credentials: [{ id: "default", account: "default" }],
    generate: answer,
  };
  await using gateway = createGateway({
    providers: [instant],
    registry: {
      models: { fast: { provider: "instant", model: "fast", cost: { input: 1, output: 2 }, limit: { output: 100 } } },
      plans: {
        limited: {
          limits: { requestsPerMinute: 100_000_000, tokensPerMinute: 100_000_000_000, parallelCalls: 1_000_000 },
          budgets: { usdPerMonth: 1_000_000 },
        },
      },
      tenants: { limited: { plan: "limited" } },
    },
  });
  await gateway.ready();
  const run = (tenant: string) => async (): Promise<void> => {
    await gateway.complete({ model: "fast", prompt: "hello", tenant });
  };
  const figures = { free: [] as number[], limited: [] as number[] };
  for (let round = -1; round < ROUNDS; round += 1) {
    const free = await cpuPerCall(10_000, 16, run("free"));
    const limited = await cpuPerCall(10_000, 16, run("limited"));
    if (round < 0) continue;
    figures.free.push(free);
    figures.limited.push(limited);
  }
  const added = figures.limited.map((figure, round) => figure - (figures.free[round] ?? 0));
  console.log(
    `complete()             without limits ${spread(figures.free)}   with 3 limits and a budget ${spread(figures.limited)}   added ${spread(added)}`,
  );
};

console.log(`Quotas in memory, CPU in µs, median of ${ROUNDS} rounds (least–most):\n`);
await direct();
for (const holders of [4, 64])
  console.log(`fold, ${String(holders).padStart(2)} holders       ${spread(fold(holders))}`);
await calls();
