/** S1, S5 in process: an answer's bytes cut at every place, and split at every place. */

import fc from "fast-check";
import { createGateway, GatewayError } from "headgate";
import { anthropic } from "headgate/anthropic";
import type { Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { type Api, startVendor } from "headgate/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { APIS } from "./support.ts";

const PATHS = { "openai-responses": "/v1/responses", "openai-chat": "/v1/chat/completions", anthropic: "/v1/messages" };
const QUESTION = [{ role: "user", content: "hello" }];
const BODIES = {
  "openai-responses": { model: "m", stream: true, input: QUESTION },
  "openai-chat": { model: "m", stream: true, messages: QUESTION, stream_options: { include_usage: true } },
  anthropic: { model: "m", stream: true, max_tokens: 100, messages: QUESTION },
};

/** What goes over the wire for a short answer with text and a tool call. */
const wireOf = async (api: Api): Promise<Buffer> => {
  await using vendor = await startVendor();
  const toolCalls = [{ name: "look", input: { at: "é 日本" } }];
  vendor.script([{ reply: { text: "It rains in Ghent — 雨.", toolCalls } }]);
  const response = await fetch(`${vendor.anthropicURL}${PATHS[api]}`, {
    method: "POST",
    body: JSON.stringify(BODIES[api]),
  });
  return Buffer.from(await response.arrayBuffer());
};

/** What the stub sends next. */
let reply: { readonly chunks: readonly Uint8Array[]; readonly reset: boolean } = { chunks: [], reset: false };

const transport: Transport = {
  name: "stub",
  fetch: async () => {
    const { chunks, reset } = reply;
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks[next];
        next += 1;
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (reset) controller.error(Object.assign(new TypeError("terminated"), { code: "ECONNRESET" }));
        else controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  },
};

const gateway = createGateway({
  providers: [
    openai({ name: "openai-responses", apiKey: "k", transport }),
    openai({ name: "openai-chat", apiKey: "k", transport, api: "chat" }),
    anthropic({ apiKey: "k", transport }),
  ],
  registry: {
    models: Object.fromEntries(APIS.map((api) => [api, { provider: api, limit: { output: 100 } }])),
  },
});

const read = async (api: Api, chunks: readonly Uint8Array[], reset = false) => {
  reply = { chunks, reset };
  const events: unknown[] = [];
  try {
    for await (const event of gateway.stream({ model: api, prompt: "hello" })) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
};

describe.each(APIS)("%s", (api) => {
  let wire: Buffer;
  let whole: unknown[];
  beforeAll(async () => {
    wire = await wireOf(api);
    whole = (await read(api, [wire])).events;
  });

  /** Where the vendor's word that the answer is whole has come. */
  const isWhole = (bytes: Buffer): boolean => {
    const text = bytes.toString("utf8");
    if (api === "openai-responses") return /event: response\.completed\ndata: .*\n\n/.test(text);
    if (api === "openai-chat") return /"finish_reason":"tool_calls"[^\n]*\n\n/.test(text);
    return /event: message_delta\ndata: .*\n\n/.test(text);
  };

  it.each([
    false,
    true,
  ])("S1: cut after every byte (reset: %s) it is stream_truncated, never a normal end", async (reset) => {
    let [cut, finished] = [0, 0];
    for (let at = 0; at <= wire.length; at += 1) {
      const bytes = wire.subarray(0, at);
      const { events, error } = await read(api, [bytes], reset);
      if (isWhole(bytes)) {
        expect(error, `after byte ${at}`).toBeUndefined();
        finished += 1;
        continue;
      }
      if (!GatewayError.is(error, "stream_truncated")) throw error ?? new Error(`a normal end after byte ${at}`);
      expect(events).toEqual(whole.slice(0, events.length));
      cut += 1;
    }
    expect(cut).toBeGreaterThan(500);
    expect(finished).toBeGreaterThan(0);
  }, 60_000);

  it("S5: split at every byte, the events are the same", async () => {
    for (let at = 1; at < wire.length; at += 1) {
      expect((await read(api, [wire.subarray(0, at), wire.subarray(at)])).events).toEqual(whole);
    }
  }, 60_000);

  it("S5: split at 1,000 random sets of places, the events are the same", async () => {
    const places = fc.array(fc.integer({ min: 1, max: wire.length - 1 }), { minLength: 2, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(places, async (cuts) => {
        const sorted = [0, ...[...new Set(cuts)].sort((a, b) => a - b), wire.length];
        const chunks = sorted.slice(1).map((end, index) => wire.subarray(sorted[index], end));
        expect((await read(api, chunks)).events).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);
});
