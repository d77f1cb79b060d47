/** S1, S5 in process: an answer's bytes cut at every place, and split at every place. */

import fc from "fast-check";
import { createGateway, GatewayError } from "headgate";
import { leanTransport, type Transport } from "headgate/kit";
import { type Api, startVendor } from "headgate/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { APIS, isWhole, providerOf } from "./support.ts";

const registryOf = (api: Api) => ({
  models: { [api]: { provider: api, capabilities: { tool_call: true }, limit: { output: 100 } } },
});

/** What goes over the wire for a short answer with text and a tool call. */
const wireOf = async (api: Api): Promise<{ readonly wire: Buffer; readonly type: string }> => {
  await using vendor = await startVendor();
  const toolCalls = [{ name: "look", input: { at: "é 日本" } }];
  vendor.script([{ reply: { text: "It rains in Ghent — 雨.", toolCalls } }]);
  let taken = { wire: Buffer.alloc(0), type: "" };
  const lean = leanTransport();
  const taped: Transport = {
    name: "taped",
    async fetch(url, init) {
      const answer = await lean.fetch(url, init);
      taken = { wire: Buffer.from(await answer.arrayBuffer()), type: answer.headers.get("content-type") ?? "" };
      return new Response(taken.wire, { headers: { "content-type": taken.type } });
    },
  };
  await using gateway = createGateway({
    providers: [providerOf(api, { name: api, vendor, transport: taped })],
    registry: registryOf(api),
  });
  await gateway.stream({ model: api, prompt: "hello" }).completion();
  await lean.close?.();
  return taken;
};

/** What the stub sends next. */
let reply: { readonly chunks: readonly Uint8Array[]; readonly reset: boolean; readonly type: string } = {
  chunks: [],
  reset: false,
  type: "",
};

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
    return new Response(body, { headers: { "content-type": reply.type } });
  },
};

const nowhere = { baseURL: "http://127.0.0.1:1/v1", url: "http://127.0.0.1:1" };
const gateway = createGateway({
  providers: APIS.map((api) => providerOf(api, { name: api, vendor: nowhere, transport })),
  registry: { models: Object.assign({}, ...APIS.map((api) => registryOf(api).models)) },
});

const read = async (api: Api, chunks: readonly Uint8Array[], type: string, reset = false) => {
  reply = { chunks, reset, type };
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
  let type: string;
  let whole: unknown[];
  beforeAll(async () => {
    ({ wire, type } = await wireOf(api));
    whole = (await read(api, [wire], type)).events;
  });

  it.each([
    false,
    true,
  ])("S1: cut after every byte (reset: %s) it is stream_truncated, never a normal end", async (reset) => {
    let [cut, finished] = [0, 0];
    for (let at = 0; at <= wire.length; at += 1) {
      const bytes = wire.subarray(0, at);
      const { events, error } = await read(api, [bytes], type, reset);
      if (isWhole(api, bytes)) {
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
      expect((await read(api, [wire.subarray(0, at), wire.subarray(at)], type)).events).toEqual(whole);
    }
  }, 60_000);

  it("S5: split at 1,000 random sets of places, the events are the same", async () => {
    const places = fc.array(fc.integer({ min: 1, max: wire.length - 1 }), { minLength: 2, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(places, async (cuts) => {
        const sorted = [0, ...[...new Set(cuts)].sort((a, b) => a - b), wire.length];
        const chunks = sorted.slice(1).map((end, index) => wire.subarray(sorted[index], end));
        expect((await read(api, chunks, type)).events).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);
});
