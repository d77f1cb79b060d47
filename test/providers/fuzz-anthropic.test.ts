/** S6, S7: whatever comes instead of an answer ends as an answer or as a typed error, and nothing else is thrown. */
import { type AnthropicClient, anthropic } from "headgate/anthropic";
import { type ContentEvent, GatewayError } from "headgate/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { share } from "../long.ts";
import { callOf, KEY, MODEL, message, sse } from "./anthropic-support.ts";
import { ask, StubVendor } from "./replay.ts";

const RUNS = share(100_000);
/** Of these, so many are whole bodies and not streams. */
const WHOLE_EVERY = 8;

const cited = {
  type: "web_search_result_location",
  url: "https://example.com",
  cited_text: "so",
  encrypted_index: "e",
};
const BLOCKS = [
  { type: "thinking", thinking: "hm", signature: "s" },
  { type: "redacted_thinking", data: "d" },
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "é" } },
  { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [{ type: "web_search_result", url: "u" }] },
  { type: "text", text: "So it is — 雨.", citations: [cited] },
  { type: "tool_use", id: "toolu_1", name: "look", input: { at: "Ghent", deep: [1, { a: null }] } },
];
const usage = {
  input_tokens: 10,
  cache_read_input_tokens: 4,
  cache_creation_input_tokens: 3,
  cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 1 },
  output_tokens: 5,
  output_tokens_details: { thinking_tokens: 2 },
  server_tool_use: { web_search_requests: 1 },
};
const BEGIN: readonly object[] = [{ type: "message_start", message: { ...message([], { usage }), stop_reason: null } }];
const PARTS: readonly (readonly object[])[] = [
  [
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "s" } },
    { type: "content_block_stop", index: 0 },
  ],
  [
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "So it is — 雨." } },
    { type: "content_block_delta", index: 1, delta: { type: "citations_delta", citation: cited } },
    { type: "content_block_stop", index: 1 },
  ],
  [
    { type: "ping" },
    { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "t_1", name: "look", input: {} } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"at":' } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '"Ghent"}' } },
    { type: "content_block_stop", index: 2 },
  ],
  [
    { type: "content_block_start", index: 3, content_block: BLOCKS[3] },
    { type: "content_block_stop", index: 3 },
  ],
];
const END: readonly object[] = [
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage },
  { type: "message_stop" },
];
const WHOLE = message(BLOCKS, { usage, stop_reason: "tool_use" });

/** Mulberry32: the same inputs in every run. */
const seeded = (seed: number) => {
  let state = seed;
  const chance = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit: number): number => Math.floor(chance() * limit) };
};
type Chance = ReturnType<typeof seeded>;

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  "7",
  "__proto__",
  [],
  {},
  [[]],
  { type: "text" },
  { type: 7 },
  "tool_use",
  "error",
];

/** One value somewhere inside becomes another, or goes. */
const confused = (value: unknown, { below }: Chance): unknown => {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  let at = copy as Record<string, unknown>;
  for (let depth = 0; depth < 6; depth += 1) {
    const keys = Object.keys(at);
    const key = keys[below(keys.length)];
    if (key === undefined) return copy;
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && below(4) > 0) at = inner as Record<string, unknown>;
    else {
      if (below(5) === 0) delete at[key];
      else at[key] = ODD[below(ODD.length)];
      return copy;
    }
  }
  return copy;
};

const rearranged = (chance: Chance): readonly unknown[] => {
  const picked = () => PARTS[chance.below(PARTS.length)] ?? [];
  const all: unknown[] = [...BEGIN, ...picked(), ...picked(), ...END];
  for (let times = 1 + chance.below(3); times > 0; times -= 1) {
    const at = chance.below(all.length);
    const other = chance.below(all.length);
    switch (chance.below(5)) {
      case 0:
        all.splice(at, 1);
        break;
      case 1:
        all.splice(other, 0, all[at]);
        break;
      case 2:
        [all[at], all[other]] = [all[other], all[at]];
        break;
      default:
        if (all[at] !== undefined) all[at] = confused(all[at], chance);
    }
  }
  return all;
};

const damaged = (bytes: Buffer, { below }: Chance): Buffer => {
  const copy = Buffer.from(bytes);
  const at = below(copy.length);
  switch (below(4)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
      return copy;
    case 1:
      return copy.subarray(0, at);
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + below(40))]);
    default:
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.from([10, 13, 0, 255, 123][below(5)] === 10 ? "\n\n" : "\u0000{"),
        copy.subarray(at),
      ]);
  }
};

const wire = (event: unknown): string => `event: x\ndata: ${JSON.stringify(event) ?? "null"}\n\n`;
const KNOWN = new Map<unknown, string>([...BEGIN, ...PARTS.flat(), ...END].map((event) => [event, wire(event)]));
const framed = (event: unknown): string => KNOWN.get(event) ?? wire(event);

const input = (run: number): { readonly bytes: Buffer; readonly whole: boolean } => {
  const chance = seeded(run);
  const whole = run % WHOLE_EVERY === 0;
  const text = whole
    ? JSON.stringify(chance.below(2) === 0 ? confused(WHOLE, chance) : confused(confused(WHOLE, chance), chance))
    : rearranged(chance).map(framed).join("");
  const bytes = Buffer.from(text);
  return { bytes: chance.below(3) === 0 ? damaged(bytes, chance) : bytes, whole };
};

/** A client that answers at once: the SDK and the streams of the platform would take most of the time. */
const clientOf = (next: () => ReturnType<typeof input>): AnthropicClient => {
  const asResponse = async (): Promise<Response> => {
    const { bytes, whole } = next();
    let left: Uint8Array | undefined = bytes;
    const read = async () => {
      const value = left;
      left = undefined;
      return { done: value === undefined, value };
    };
    const body = { getReader: () => ({ read, cancel: async () => {} }) };
    return { headers: whole ? AS_JSON : AS_STREAM, body } as unknown as Response;
  };
  return { post: () => ({ asResponse }), get: () => ({ asResponse }) };
};
const AS_JSON = new Headers({ "content-type": "application/json" });
const AS_STREAM = new Headers({ "content-type": "text/event-stream" });

/** What must hold of any answer that ends well. */
const isSound = (events: readonly ContentEvent[]): boolean => {
  const finish = events.at(-1);
  if (finish?.type !== "finish" || events.filter(({ type }) => type === "finish").length !== 1) return false;
  const { input: read, output } = finish.usage;
  const figures = [read.total, read.uncached, read.cacheRead, read.cacheWrite, output.total, output.reasoning];
  if (!figures.every((figure) => Number.isSafeInteger(figure) && figure >= 0)) return false;
  if (read.uncached + read.cacheRead + read.cacheWrite !== read.total || output.reasoning > output.total) return false;
  const open = new Set<number>();
  for (const event of events) {
    if (event.type === "part-start") open.add(event.index);
    else if (event.type !== "finish" && !open.has(event.index)) return false;
  }
  return true;
};

describe("S6 damaged and invented answers of Anthropic", () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    process.on("unhandledRejection", note);
    // Nobody reads where a hundred thousand errors came from.
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    process.off("unhandledRejection", note);
    Error.stackTraceLimit = stackTraceLimit;
  });

  it(`${RUNS} end as an answer or a typed error`, async () => {
    let answer = input(0);
    const provider = anthropic({ client: clientOf(() => answer) });
    const ends = new Map<string, number>();
    for (let run = 0; run < RUNS; run += 1) {
      answer = input(run);
      const { events, error } = await ask(provider, { mode: answer.whole ? "complete" : "stream", model: MODEL });
      const end = error === undefined ? "ok" : GatewayError.is(error) ? error.code : "thrown";
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (end === "thrown") throw new Error(`run ${run}`, { cause: error });
      if (end === "internal" || (end === "ok" && !isSound(events))) expect(events, `run ${run}`).toBeUndefined();
    }
    expect(unhandled).toEqual([]);
    for (const end of ["ok", "protocol", "stream_truncated", "invalid_output"])
      expect(ends.get(end), end).toBeGreaterThan(0);
  }, 300_000);

  it("S7 an event beyond all measure is an error, not memory", async () => {
    const stub = new StubVendor();
    const provider = anthropic({ apiKey: KEY, transport: stub });
    const piece = Buffer.alloc(1 << 16, 120);
    let sent = 0;
    const endless = function* (): Iterable<Uint8Array> {
      yield Buffer.from(sse([...BEGIN, ...(PARTS[1] ?? []).slice(0, 2)]));
      yield Buffer.from("data: ");
      for (sent = 0; sent < 4_096; sent += 1) yield piece;
    };
    const chunks = endless()[Symbol.iterator]();
    const lazy = new Proxy([] as Uint8Array[], {
      get: (_, key) => (typeof key === "string" ? chunks.next().value : undefined),
    });
    stub.reply = { headers: { "content-type": "text/event-stream" }, chunks: lazy };
    const { error, finish } = await ask(provider, { mode: "stream", model: callOf().model });
    expect(GatewayError.is(error, "protocol", "stream_truncated")).toBe(true);
    expect(finish).toBeUndefined();
    expect(sent).toBeLessThan(1_024);
  });
});
