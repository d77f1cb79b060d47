/** Every reader × every fault × both modes: what is held comes back, and what is said is right. */
import { GatewayError } from "headgate";
import type { Act } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seeded } from "../../src/testing/random.ts";
import { type Seen, STREAM_READERS } from "./readers.ts";
import { FAULTS, type Fault, stage, TEXT } from "./stage.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => {
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

/** Ends that anybody may see who aborts or has a deadline, besides the fault's own. */
const OWN_ENDS = new Set(["aborted", "timeout"]);

const judge = (seen: Seen, fault: Fault, whole: boolean): string[] => {
  const wrongs: string[] = [];
  if (!TEXT.startsWith(seen.text)) wrongs.push(`a splice: ${seen.text}`);
  if (seen.ended === "done" && seen.text !== TEXT) wrongs.push(`a normal end with "${seen.text}"`);
  if (typeof seen.ended === "object") {
    const { error } = seen.ended;
    if (!GatewayError.is(error)) wrongs.push(`a plain error: ${String(error)}`);
    else if (whole ? error.code !== fault.stream : error.code !== fault.stream && !OWN_ENDS.has(error.code)) {
      wrongs.push(`ended with ${error.code}, should be ${fault.stream}`);
    }
  }
  if (whole && seen.ended === "done" && fault.stream !== "ok") wrongs.push(`a normal end, should be ${fault.stream}`);
  if (whole && seen.ended === "left") wrongs.push("left");
  return wrongs;
};

describe.each(Object.entries(FAULTS))("%s", (_name, fault) => {
  it.each(Object.entries(STREAM_READERS))("stream: %s", async (_reader, { read, whole = false, abortsAt }) => {
    let abort = (): void => {};
    const set = stage(fault, 1, () => (abortsAt === "attempt" ? abort() : undefined));
    abort = () => set.signal.abort();
    const seen = await set.settle(
      read(set, (more = {}) => set.gateway.stream({ prompt: "hello", signal: set.signal.signal, ...more })),
    );
    expect([...judge(seen, fault, whole), ...(await set.wrongs(seen.calls))]).toEqual([]);
    await set.settle(set.gateway.close());
  });

  const complete = async (options: {
    abortAfterMs?: number;
    totalMs?: number;
    aborted?: boolean;
    atAttempt?: boolean;
  }) => {
    let abort = (): void => {};
    const set = stage(fault, 1, () => (options.atAttempt ? abort() : undefined));
    abort = () => set.signal.abort();
    if (options.aborted) abort();
    const cancel = options.abortAfterMs === undefined ? () => {} : set.clock.after(options.abortAfterMs, abort);
    const timeouts = options.totalMs === undefined ? {} : { timeouts: { totalMs: options.totalMs } };
    const request = { prompt: "hello", signal: set.signal.signal, ...timeouts };
    const seen = await set.settle(
      set.gateway.complete(request).then(
        ({ text }) => ({ text, error: undefined }),
        (error: unknown) => ({ text: undefined, error }),
      ),
    );
    cancel();
    return { seen, wrongs: await set.wrongs(1), close: () => set.settle(set.gateway.close()) };
  };

  it("complete", async () => {
    const { seen, wrongs, close } = await complete({});
    if (fault.complete === "ok") expect(seen.text).toBe(TEXT);
    else expect(GatewayError.is(seen.error, fault.complete)).toBe(true);
    expect(wrongs).toEqual([]);
    await close();
  });

  it.each([
    ["aborted before it began", { aborted: true }],
    ["aborted at attempt start", { atAttempt: true }],
    ["aborted after 1 ms", { abortAfterMs: 1 }],
    ["aborted after 900 ms", { abortAfterMs: 900 }],
    ["deadline of 700 ms", { totalMs: 700 }],
  ])("complete: %s", async (_when, options) => {
    const { seen, wrongs, close } = await complete(options);
    if (seen.text !== undefined) expect(seen.text).toBe(TEXT);
    else if (!GatewayError.is(seen.error, "aborted", "timeout"))
      expect(GatewayError.is(seen.error, fault.complete as never)).toBe(true);
    expect(wrongs).toEqual([]);
    await close();
  });
});

describe("by chance", () => {
  it("2,000 aborts at any moment, under any fault, leave nothing behind", async () => {
    const faults = Object.values(FAULTS);
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const fault = faults[seed % faults.length] as Fault;
      const set = stage(fault, seed);
      const afterMs = Math.floor(set.clock.chance() ** 3 * 40_000);
      set.clock.after(afterMs, () => set.signal.abort());
      const request = { prompt: "hello", signal: set.signal.signal } as const;
      const call = seed % 2 === 0 ? set.gateway.complete(request) : set.gateway.stream(request).completion();
      const error = await set.settle(
        call.then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      );
      if (error !== undefined && !GatewayError.is(error)) throw error;
      await set.clock.advance(41_000);
      expect(await set.wrongs(1), `seed ${seed}`).toEqual([]);
    }
  }, 120_000);

  it("20 × 60 calls at once, with mixed faults and readers, leave nothing behind", async () => {
    const acts = Object.values(FAULTS).flatMap(({ a }) => (typeof a === "function" ? [] : [...a]));
    for (let seed = 1; seed <= 20; seed += 1) {
      const chance = seeded(seed);
      const pick = (): Act => (chance() < 0.4 ? { type: "answer" } : (acts[Math.floor(chance() * acts.length)] as Act));
      const set = stage({ a: pick, b: pick, stream: "ok", complete: "ok" }, seed);
      const calls = Array.from({ length: 60 }, async (_, index) => {
        const signal = new AbortController();
        if (chance() < 0.3) set.clock.after(Math.floor(chance() * 20_000), () => signal.abort());
        const request = { prompt: "hello", signal: signal.signal } as const;
        if (index % 3 === 0) return set.gateway.complete(request);
        if (index % 3 === 1) return set.gateway.stream(request).completion();
        for await (const event of set.gateway.stream(request)) if (event.type === "part-delta" && chance() < 0.1) break;
        return undefined;
      });
      const results = await set.settle(Promise.allSettled(calls));
      for (const result of results)
        if (result.status === "rejected" && !GatewayError.is(result.reason)) throw result.reason;
      await set.clock.advance(21_000);
      expect(await set.wrongs(60), `seed ${seed}`).toEqual([]);
    }
  }, 60_000);
});
