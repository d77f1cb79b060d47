/**
 * S6: 100,000 answers that were damaged or made up, whole and streamed, through each vendor's adapter: each ends
 * in an answer that keeps the contract or in a typed error. Another vendor is one row.
 */

import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import { type ContentEvent, GatewayError, type Provider, type Transport, type Usage } from "headgate/kit";
import { openai } from "headgate/openai";

import { openaiCompatible } from "headgate/openai-compatible";
import { type Api, type Reply, startVendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { share } from "../long.ts";
import { providerOf } from "../wire/support.ts";
import { mutated, mutatedJson, seeded } from "./mutations.ts";
import { callOf } from "./replay.ts";

/** A client whose SDK has nothing to do: what is read is under test, not what is asked. */
const clientOf = (transport: Transport) => {
  const answer = () => ({ asResponse: () => transport.fetch("http://v.test") });
  return { post: answer, get: answer };
};

/** The API, how many inputs, and its provider. */
const ROWS: readonly (readonly [Api, number, (transport: Transport) => Provider])[] = [
  ["openai-responses", share(50_000), (transport) => openai({ client: clientOf(transport) })],
  ["openai-chat", share(40_000), (transport) => openai({ client: clientOf(transport), api: "chat" })],
  [
    "openai-compatible",
    share(10_000),
    (transport) => openaiCompatible({ preset: "openrouter", client: clientOf(transport) }),
  ],
  ["google", share(100_000), (transport) => google({ apiKey: "k", transport })],
  ["bedrock", share(100_000), (transport) => bedrock({ apiKey: "k", region: "eu-west-1", transport })],
];
/** How many of them are whole answers; the others are streams. */
const WHOLE = 0.15;

/** What the vendor says before it is damaged: each kind of content once. */
const REPLIES: readonly Reply[] = [
  { text: "Yes — 海." },
  {
    reasoning: "Let me think.",
    toolCalls: [
      { name: "look", input: { at: "it" } },
      { name: "look", input: {} },
    ],
  },
  { reasoning: "Hm.", text: "So.", finish: "length" },
  { refusal: "I cannot." },
];

const model = {
  name: "m",
  id: "m",
  capabilities: { tool_call: true, reasoning: true },
  limit: { output: 1_000 },
  options: {},
};
type Mode = "complete" | "stream";

/** The bytes of the vendor's answers, as they came over the wire. */
const recorded = async (api: Api): Promise<Readonly<Record<Mode, readonly Buffer[]>> & { readonly type: string }> => {
  await using vendor = await startVendor({ api });
  const wires: Record<Mode, Buffer[]> & { type: string } = { complete: [], stream: [], type: "" };
  for (const mode of ["complete", "stream"] as const) {
    const transport: Transport = {
      name: "recording",
      async fetch(url, init) {
        const response = await fetch(url, init);
        const bytes = Buffer.from(await response.arrayBuffer());
        wires[mode].push(bytes);
        if (mode === "stream") wires.type = response.headers.get("content-type") ?? "";
        return new Response(bytes, response);
      },
    };
    const provider = providerOf(api, { name: "v", vendor, transport });
    vendor.script(REPLIES.map((reply) => ({ reply })));
    for (const _ of REPLIES)
      for await (const _event of await provider.generate(callOf(provider, { mode, model }).call));
  }
  return wires;
};

/** Answers every request with the bytes that were put there. */
class Damaged implements Transport {
  readonly name = "damaged";
  bytes: Buffer = Buffer.alloc(0);
  mode: Mode = "stream";
  type = "";

  async fetch(): Promise<Response> {
    const type = this.mode === "stream" ? this.type : "application/json";
    return new Response(new Uint8Array(this.bytes), { headers: { "content-type": type } });
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const brokenUsage = ({ input, output, meters }: Usage): boolean =>
  ![input.total, input.uncached, input.cacheRead, input.cacheWrite, output.total, output.reasoning].every(isCount) ||
  input.uncached + input.cacheRead + input.cacheWrite !== input.total ||
  output.reasoning > output.total ||
  !Object.values(meters).every(isCount);

/** What of the contract an answer breaks, if it breaks any. */
const broken = (events: readonly ContentEvent[]): string | undefined => {
  const open = new Map<number, string>();
  let started = 0;
  for (const [place, event] of events.entries()) {
    if (event.type === "finish") {
      if (place !== events.length - 1) return "something after the end";
      const { usage, reportedCostUsd = 0 } = event;
      if (!(reportedCostUsd >= 0 && Number.isFinite(reportedCostUsd))) return "a price that is none";
      return brokenUsage(usage) ? "usage that does not add up" : undefined;
    }
    if (event.type === "part-start") {
      if (event.index !== started) return "parts out of order";
      started += 1;
      open.set(event.index, event.part.type);
      continue;
    }
    const kind = open.get(event.index);
    if (kind === undefined) return "a piece of no part";
    if (event.type === "part-delta") {
      if (event.kind !== kind) return "a piece of another kind";
      continue;
    }
    if (event.part.type !== kind) return "a part of another kind";
    if (
      event.part.type === "tool-call" &&
      (event.part.id === "" || event.part.name === "" || event.part.input === undefined)
    ) {
      return "a call that cannot be answered";
    }
    open.delete(event.index);
  }
  return "a normal end without a last event";
};

/** What came of one input: an answer, an error's code, or what is wrong. */
const outcome = async (provider: Provider, mode: Mode): Promise<string> => {
  const events: ContentEvent[] = [];
  try {
    for await (const event of await provider.generate(callOf(provider, { mode, model }).call)) events.push(event);
  } catch (error) {
    return GatewayError.is(error) && error.code !== "internal" ? error.code : `threw ${(error as Error).stack}`;
  }
  const wrong = broken(events);
  return wrong === undefined ? "answer" : `broke the contract: ${wrong}`;
};

describe.each(ROWS)("S6 %s: %i answers", (api, inputs, provide) => {
  // Most inputs end in an error, and nobody reads where it was made.
  const limit = Error.stackTraceLimit;
  beforeAll(() => {
    Error.stackTraceLimit = 1;
  });
  afterAll(() => {
    Error.stackTraceLimit = limit;
  });
  it("that no vendor would send: each ends as the contract has it", async () => {
    const wires = await recorded(api);
    const damaged = new Damaged();
    damaged.type = wires.type;
    const provider = provide(damaged);
    const chance = seeded(7);
    const seen = new Map<string, number>();
    for (let input = 0; input < inputs; input += 1) {
      const mode = chance() < WHOLE ? "complete" : "stream";
      const pick = (): Buffer => wires[mode][Math.floor(chance() * wires[mode].length)] ?? Buffer.alloc(0);
      const [wire, other] = [pick(), pick()];
      damaged.mode = mode;
      damaged.bytes = mode === "stream" ? mutated(wire, other, chance) : Buffer.from(mutatedJson(String(wire), chance));
      const came = await outcome(provider, mode);
      if (/^(threw|broke)/.test(came)) throw new Error(`input ${input}: ${came}\n${damaged.bytes}`);
      seen.set(came, (seen.get(came) ?? 0) + 1);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    // Some are still answers, and every kind of failure was met.
    for (const kind of ["answer", "protocol", "stream_truncated", "invalid_output"])
      expect(seen.get(kind), kind).toBeGreaterThan(share(50));
  }, 300_000);
});
