/**
 * Recorded answers of real vendors, put back on the wire through the real SDK. They are kept beside the repository; set
 * HEADGATE_RECORDINGS to their folder. Where it is absent, its tests are skipped and say so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type ContentEvent,
  type Finish,
  GatewayError,
  type GenerateCall,
  type GenerateRequest,
  type Part,
  type Provider,
  type ProviderFact,
  type ProviderModel,
  type Transport,
} from "headgate/kit";
import { describe, expect, it } from "vitest";
import { isLong, share } from "../long.ts";

const folder =
  process.env["HEADGATE_RECORDINGS"] ?? fileURLToPath(new URL("../../../shared/recordings", import.meta.url));

export const hasRecordings = existsSync(folder);

/** What a stubbed vendor answers with. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
  /** The connection breaks after the chunks, instead of ending. */
  readonly reset?: boolean;
}

/** A vendor as a transport: what was asked is kept, what is answered can be set. */
export class StubVendor implements Transport {
  readonly name = "stub";
  readonly asked: { readonly url: string; readonly headers: Headers; readonly body: string }[] = [];
  reply: Reply = { chunks: [] };

  async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
    const headers = new Headers(init?.headers as Record<string, string>);
    this.asked.push({ url: String(url), headers, body: String(init?.body ?? "") });
    const { chunks, reset, status = 200 } = this.reply;
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks[next];
        next += 1;
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (reset === true) controller.error(Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }));
        else controller.close();
      },
    });
    return new Response(body, { status, headers: this.reply.headers ?? {} });
  }
}

export interface Answer {
  readonly events: readonly ContentEvent[];
  readonly parts: readonly Part[];
  readonly text: string;
  readonly finish: Finish | undefined;
  readonly error: unknown;
  readonly facts: readonly ProviderFact[];
}

export interface Asking {
  readonly mode: "complete" | "stream";
  readonly model: ProviderModel;
  readonly request?: Partial<GenerateRequest>;
}

export const callOf = (provider: Provider, { mode, model, request }: Asking) => {
  const facts: ProviderFact[] = [];
  const call: GenerateCall = {
    request: { messages: [{ role: "user", content: "Hello?" }], ...request },
    model,
    credential: provider.credentials[0] ?? { id: "default", account: "default" },
    mode,
    signal: new AbortController().signal,
    connectMs: 5_000,
    clock: { now: () => Date.parse("2026-11-24T12:00:00Z"), after: () => () => {}, chance: () => 0.5 },
    report: (fact) => void facts.push(fact),
  };
  return { call, facts };
};

/** Reads an answer as far as it goes. */
export const ask = async (provider: Provider, asking: Asking): Promise<Answer> => {
  const { call, facts } = callOf(provider, asking);
  const events: ContentEvent[] = [];
  let error: unknown;
  try {
    for await (const event of await provider.generate(call)) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const parts = events.flatMap((event) => (event.type === "part-end" ? [event.part] : []));
  return {
    events,
    parts,
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    finish: events.find((event) => event.type === "finish"),
    error,
    facts,
  };
};

/** What is known of a recording by reading it. */
export interface Expected {
  readonly finish?: Finish["finishReason"];
  readonly raw?: string;
  /** Input and output in all, by the vendor's own figures. */
  readonly tokens?: readonly [input: number, output: number];
  /** Kinds of parts in their order, such as `reasoning text`. */
  readonly parts?: string;
  /** Instead of an answer: the code of the error that the recording holds. */
  readonly error?: string;
  /** HTTP status to replay it with. Default 200. */
  readonly status?: number;
  /** What else must hold. */
  readonly also?: (answer: Answer) => void;
}

export interface Recordings {
  /** Folder below the recordings, such as `openai/chat`. */
  readonly path: string;
  readonly provider: (transport: Transport) => Provider;
  readonly model: ProviderModel;
  /** What is asked; some adapters read answers by what was asked for. */
  readonly request?: Partial<GenerateRequest>;
  /** One recorded event as its bytes on the wire. */
  readonly frame: (line: string) => string | Uint8Array;
  /** What the vendor sends behind the last event. */
  readonly tail?: string;
  /** Media type of a stream. Default `text/event-stream`. */
  readonly streamType?: string;
  /** The events to replay, where a recording holds several answers in a row. Default: all. */
  readonly pick?: (lines: readonly string[]) => readonly string[];
  /** By file name. A recording without an expectation fails. */
  readonly expected: Readonly<Record<string, Expected>>;
  /** Whether so many events of a stream (the first ones) are a whole answer. Everything less is `stream_truncated`. */
  readonly isWhole: (lines: readonly string[]) => boolean;
}

/** The lines of one recording. */
export const recording = (path: string): string[] => lines(readFileSync(`${folder}/${path}`, "utf8"));

/** A recorded stream's events, one a line. */
export const lines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

/** A recording in SSE already, in its events. */
const framed = (text: string): string[] => text.split(/(?<=\n\n)/).filter((event) => event.trim() !== "");

const bytesOf = (wire: string | Uint8Array): Uint8Array => (typeof wire === "string" ? Buffer.from(wire) : wire);

const EDGE = 2;
const EVERY_SPLIT_BELOW = 8_192;
const RANDOM_SPLITS = share(1_000);
/** Of the places at the beginning, every so many in a short run; around edges all. */
const STEP = isLong ? 1 : 7;

/** Every recording of a vendor: whole, split anywhere (S5), cut after every event (S1). */
export const replay = (vendor: string, recordings: Recordings): void => {
  const at = `${folder}/${recordings.path}`;
  describe.skipIf(!hasRecordings)(`recorded answers of ${vendor} (skipped where there are no recordings)`, () => {
    const names = hasRecordings ? readdirSync(at).sort() : [];
    it("each has an expectation, and each expectation a recording", () => {
      expect(Object.keys(recordings.expected).sort()).toEqual(names);
    });
    for (const name of names) {
      const expected = recordings.expected[name] ?? {};
      const text = readFileSync(`${at}/${name}`, "utf8");
      if (name.endsWith(".json")) it(name, () => wholeAnswer(recordings, text, expected));
      else streamed(name, recordings, text, expected);
    }
  });
  if (!hasRecordings) it(`${vendor}: recordings`, (context) => context.skip("no recordings folder"));
};

const stage = ({ provider, model, request }: Recordings, mode: "complete" | "stream") => {
  const vendor = new StubVendor();
  const made = provider(vendor);
  return async (reply: Reply): Promise<Answer> => {
    vendor.reply = reply;
    return ask(made, { mode, model, ...(request !== undefined && { request }) });
  };
};

const wholeAnswer = async (recordings: Recordings, text: string, expected: Expected): Promise<void> => {
  const headers = { "content-type": "application/json" };
  const status = expected.status ?? 200;
  check(await stage(recordings, "complete")({ status, headers, chunks: [Buffer.from(text)] }), expected);
};

const check = (answer: Answer, expected: Expected): void => {
  if (expected.error !== undefined) {
    if (!GatewayError.is(answer.error)) throw answer.error ?? new Error("expected an error");
    expect(answer.error.code).toBe(expected.error);
    expect(answer.finish).toBeUndefined();
  } else {
    expect(answer.error).toBeUndefined();
    const { finish } = answer;
    if (finish === undefined) throw new Error("no finish");
    const { input, output, source } = finish.usage;
    expect({
      finish: finish.finishReason,
      raw: finish.rawFinishReason,
      tokens: source === "reported" ? [input.total, output.total] : undefined,
      parts: answer.parts.map(({ type }) => type).join(" "),
    }).toEqual({ finish: expected.finish, raw: expected.raw, tokens: expected.tokens, parts: expected.parts });
    expect(input.uncached + input.cacheRead + input.cacheWrite).toBe(input.total);
    expect(output.reasoning).toBeLessThanOrEqual(output.total);
  }
  expected.also?.(answer);
};

const streamed = (name: string, recordings: Recordings, text: string, expected: Expected): void => {
  const isFramed = name.endsWith(".sse");
  const all = isFramed ? framed(text) : lines(text);
  const events = recordings.pick?.(all) ?? all;
  const frames = events.map((event) => bytesOf(isFramed ? event : recordings.frame(event)));
  const tail = isFramed || recordings.tail === undefined ? [] : [bytesOf(recordings.tail)];
  const wire = Buffer.concat([...frames, ...tail]);
  let length = 0;
  const edges = frames.map((frame) => {
    length += frame.byteLength;
    return length;
  });
  const headers = { "content-type": recordings.streamType ?? "text/event-stream" };

  it(`${name}, streamed`, async () => check(await stage(recordings, "stream")({ headers, chunks: [wire] }), expected));

  it(`S5: ${name}, split at every place, and at ${RANDOM_SPLITS} random sets of places`, async () => {
    const read = stage(recordings, "stream");
    const comparing = async (bytes: Uint8Array) => {
      const whole = await read({ headers, chunks: [bytes] });
      const told = JSON.stringify(whole.events);
      return async (cuts: readonly number[]): Promise<void> => {
        const places = [0, ...cuts, bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const split = await read({ headers, chunks });
        // A comparison in depth of every one of some thousand would take most of the time.
        if (JSON.stringify(split.events) !== told)
          expect(split.events, `split at ${cuts.join(", ")}`).toEqual(whole.events);
        expect((split.error as GatewayError | undefined)?.code).toBe((whole.error as GatewayError | undefined)?.code);
      };
    };
    // Every place at the beginning needs no more than the beginning; around edges and at random, all of it is read.
    const head = edges.find((edge) => edge >= EVERY_SPLIT_BELOW) ?? wire.length;
    const same = await comparing(wire);
    const sameHead = head < wire.length ? await comparing(wire.subarray(0, head)) : same;
    for (let place = 1; place < Math.min(wire.length, EVERY_SPLIT_BELOW); place += STEP) await sameHead([place]);
    for (const places of aroundEdges(wire.length, edges)) await same(places);
    const chance = seeded(wire.length);
    for (let run = 0; run < RANDOM_SPLITS; run += 1) await same(someOf(wire.length, chance));
  }, 120_000);

  it(`S1: ${name}, cut after every event: never a normal end`, async () => {
    const read = stage(recordings, "stream");
    for (const reset of [false, true]) {
      for (let count = 0; count < events.length; count += 1) {
        const answer = await read({ headers, chunks: [Buffer.concat(frames.slice(0, count))], reset });
        const told = `after ${count} events`;
        if (recordings.isWhole(events.slice(0, count))) {
          expect(answer.error, told).toBeUndefined();
          expect(answer.finish, told).toBeDefined();
          continue;
        }
        expect(answer.finish, told).toBeUndefined();
        if (!GatewayError.is(answer.error)) throw answer.error ?? new Error(`a normal end ${told}`);
        if (expected.error === undefined) expect(answer.error.code, told).toBe("stream_truncated");
      }
    }
  }, 60_000);
};

const APART = 16;
/** Around each event's edge, all through: at several edges at a time, far apart. */
const aroundEdges = (length: number, edges: readonly number[]): readonly (readonly number[])[] => {
  const sets: number[][] = [];
  for (let off = -EDGE; off <= EDGE; off += 1) {
    for (let first = 0; first < Math.min(APART, edges.length); first += 1) {
      const places = edges.filter((_, index) => index % APART === first).map((edge) => edge + off);
      sets.push(places.filter((place) => place > 0 && place < length));
    }
  }
  return sets;
};

const MOST_CUTS = 40;
const someOf = (length: number, chance: () => number): readonly number[] => {
  const many = 2 + Math.floor(chance() * MOST_CUTS);
  const places = Array.from({ length: many }, () => 1 + Math.floor(chance() * (length - 1)));
  return [...new Set(places)].sort((one, other) => one - other);
};

/** Mulberry32: the same places in every run. */
const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
