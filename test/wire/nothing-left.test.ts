/** Whoever leaves, however: nothing is left behind, in the vendor or in the process. */
import { type CallRecord, GatewayError } from "headgate";
import type { Step } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Signal } from "../pipeline/stage.ts";
import { APIS, type Pair, pair, storm } from "./support.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => {
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

/** Faults by name; each for a stream and for a whole answer. */
const FAULTS: readonly Step[] = [
  {},
  { error: "overloaded" },
  { error: "rate_limited", retryAfterMs: 1_000 },
  { cut: { afterEvents: 1, by: "rst" } },
  { cut: { afterEvents: 9, by: "fin" } },
  { stall: "headers" },
  { stall: { afterEvents: 8 } },
  { garbage: "event" },
  { errorEvent: { afterEvents: 8, error: "overloaded" } },
  { lingers: true },
  { tokenDelayMs: 1, chunk: "random" },
];

const READERS = ["whole", "breaks", "aborts", "completion", "complete", "complete, aborted"] as const;

const use = async (vendors: Pair, reader: (typeof READERS)[number], signal: Signal): Promise<void> => {
  const request = {
    prompt: "hello",
    signal: signal.signal,
    timeouts: { firstTokenMs: 60, idleMs: 60, totalMs: 400 },
  } as const;
  if (reader.startsWith("complete")) {
    if (reader === "complete, aborted") setImmediate(() => signal.abort());
    await vendors.gateway.complete(request);
    return;
  }
  const stream = vendors.gateway.stream(request);
  if (reader === "completion") return void (await stream.completion());
  let events = 0;
  for await (const _ of stream) {
    events += 1;
    if (events === 3 && reader === "breaks") break;
    if (events === 3 && reader === "aborts") signal.abort();
  }
};

describe.each(APIS)("%s", (api) => {
  it("every reader under every fault, 16 in flight: one record each, sockets and listeners back to zero", async () => {
    await using vendors = await pair(api);
    const cells = FAULTS.flatMap((fault) => READERS.map((reader) => ({ fault, reader })));
    vendors.a.script((_ask, index) => FAULTS[index % FAULTS.length]);
    const signals: Signal[] = [];
    await storm(cells.length * 2, 16, async (index) => {
      const signal = new Signal();
      signals.push(signal);
      try {
        await use(vendors, cells[index % cells.length]?.reader ?? "whole", signal);
      } catch (error) {
        if (!GatewayError.is(error)) throw error;
      }
    });
    await vendors.gateway.close();
    await vendors.a.idle();
    await vendors.b.idle();
    const records = vendors.ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
    expect(records).toHaveLength(cells.length * 2);
    expect([vendors.a.openRequests, vendors.b.openRequests]).toEqual([0, 0]);
    expect(signals.reduce((sum, signal) => sum + signal.listeners, 0)).toBe(0);
    // Every request that reached a vendor is an attempt on record.
    const attempts = records.flatMap((record) => record.attempts);
    for (const [provider, vendor] of [
      ["a", vendors.a],
      ["b", vendors.b],
    ] as const) {
      const own = attempts.filter((attempt) => attempt.provider === provider);
      expect(own.length).toBeGreaterThanOrEqual(vendor.hits.length);
    }
  }, 30_000);

  it("whole answers are billed to the nano-dollar, cut ones are marked as estimates", async () => {
    await using vendors = await pair(api);
    vendors.a.script((_ask, index) => (index % 3 === 0 ? { cut: { afterEvents: 9, by: "fin" } } : {}));
    await storm(60, 8, async () => {
      await vendors.gateway
        .stream({ prompt: "hello" })
        .completion()
        .catch(() => {});
    });
    const attempts = vendors.ledger.entries().flatMap((entry) => (entry.type === "call" ? entry.attempts : []));
    const whole = attempts.filter(({ usage, provider }) => usage?.source === "reported" && provider === "a");
    const ours = whole.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n);
    const items = vendors.a.bill().items.filter((item) => item.whole);
    expect(ours).toBe(items.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n));
    expect(attempts.filter(({ usage }) => usage?.source === "estimated")).toHaveLength(20);
  });
});

it.each(APIS)("connections are used again, after whole answers and after streams: %s", async (api) => {
  await using vendors = await pair(api);
  for (let count = 0; count < 20; count += 1) {
    await vendors.gateway.complete({ prompt: "hello" });
    for await (const _ of vendors.gateway.stream({ prompt: "hello" }));
    // The body's end may come a turn after the answer's.
    await vendors.a.idle();
  }
  expect(vendors.a.hits).toHaveLength(40);
  expect(vendors.a.openSockets).toBeLessThanOrEqual(2);
});

it("after close(), the process holds no timer and no connection of ours", async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const vendors = await pair("openai-responses");
  vendors.a.script([{ stall: "headers" }, {}, { stall: { afterEvents: 8 } }]);
  await vendors.gateway.complete({ prompt: "hello", timeouts: { firstTokenMs: 50 } });
  for await (const _ of vendors.gateway.stream({ prompt: "hello" })) break;
  await vendors.gateway
    .stream({ prompt: "hello", timeouts: { idleMs: 50 } })
    .completion()
    .catch(() => {});
  await vendors.gateway.close();
  await vendors.a.idle();
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThanOrEqual(before);
  await vendors[Symbol.asyncDispose]();
});
