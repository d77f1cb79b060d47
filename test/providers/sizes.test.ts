/** S7, S8: how much of an answer is held, at every provider; and what is big for a good reason. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { anthropic } from "headgate/anthropic";
import { google } from "headgate/google";
import { type GatewayError, leanTransport, type Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { answering, kindOf, modelOf, NAMES } from "./every-provider.ts";
import { ask, callOf } from "./replay.ts";

const MIB = 1 << 20;

/** A vendor that goes on for ever; `sent` is how much of it was taken. */
const endless = (type: string, first = "") => {
  const taken = { bytes: 0 };
  const piece = new Uint8Array(MIB).fill(120);
  const fetch: Transport["fetch"] = async () => {
    let isFirst = first !== "";
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      const next = isFirst ? new TextEncoder().encode(first) : piece;
      isFirst = false;
      taken.bytes += next.byteLength;
      controller.enqueue(next);
    };
    const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    return new Response(body, { headers: { "content-type": type } });
  };
  return { transport: { name: "endless", fetch }, taken };
};

describe.each(NAMES)("S7 %s", (name) => {
  it("a body beyond the cap is an error, not memory", async () => {
    const { transport, taken } = endless("application/json");
    const provider = kindOf(name).provide({ apiKey: "k", transport });
    const { error, finish } = await ask(provider, { mode: "complete", model: modelOf(name) });
    expect((error as GatewayError).code).toBe("protocol");
    expect(finish).toBeUndefined();
    expect(taken.bytes).toBeLessThanOrEqual(66 * MIB);
  });

  it("an event beyond the cap is an error, not memory", async () => {
    const { transport, taken } = endless(kindOf(name).streamType ?? "text/event-stream", "data: ");
    const provider = kindOf(name).provide({ apiKey: "k", transport });
    const { error, finish } = await ask(provider, { mode: "stream", model: modelOf(name) });
    expect((error as GatewayError).code).toBe("protocol");
    expect(finish).toBeUndefined();
    expect(taken.bytes).toBeLessThanOrEqual(34 * MIB);
  });
});

const events = (...all: readonly object[]): string => all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
const PICTURE = "A".repeat(3 * MIB);

describe("what is big for a good reason is whole", () => {
  const sse = { headers: { "content-type": "text/event-stream" } };
  const drawn = {
    status: "completed",
    output: [{ type: "image_generation_call", id: "ig_1", status: "completed", result: PICTURE }],
  };
  const vendors = {
    "Responses, an image": [
      (transport: Transport) => openai({ apiKey: "k", transport }),
      events({ type: "response.completed", response: drawn }),
    ],
    "Responses, which repeat a long system prompt": [
      (transport: Transport) => openai({ apiKey: "k", transport }),
      events(
        { type: "response.created", response: { instructions: PICTURE } },
        { type: "response.completed", response: { ...drawn, instructions: PICTURE } },
      ),
    ],
    "a router's image": [
      (transport: Transport) => openaiCompatible({ preset: "openrouter", apiKey: "k", transport }),
      events({
        choices: [
          { delta: { images: [{ image_url: { url: `data:image/png;base64,${PICTURE}` } }] }, finish_reason: "stop" },
        ],
      }),
    ],
    "Gemini's image": [
      (transport: Transport) => google({ apiKey: "k", transport }),
      events({
        candidates: [
          { content: { parts: [{ inlineData: { mimeType: "image/png", data: PICTURE } }] }, finishReason: "STOP" },
        ],
      }),
    ],
    "a page that Claude fetched": [
      (transport: Transport) => anthropic({ apiKey: "k", transport }),
      events(
        { type: "message_start", message: { id: "m", usage: { input_tokens: 1, output_tokens: 1 } } },
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "web_fetch_tool_result", tool_use_id: "s", content: { data: PICTURE } },
        },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
        { type: "message_stop" },
      ),
    ],
  } as const;

  it.each(Object.entries(vendors))("%s", async (_what, [provide, body]) => {
    const { transport } = answering(body, sse);
    const { error, parts, finish } = await ask(provide(transport), { mode: "stream", model: modelOf("google") });
    expect(error).toBeUndefined();
    expect(finish?.finishReason).toBe("stop");
    expect(JSON.stringify(parts)).toContain(PICTURE);
  });
});

/** How a stream begins, and pieces of text that never end. */
const PIECES: Readonly<Record<string, readonly [begin: string, piece: string]>> = {
  "openai, Responses": [
    "",
    events({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "word " }),
  ],
  "openai, Chat Completions": ["", events({ choices: [{ delta: { content: "word " } }] })],
  anthropic: [
    events(
      { type: "message_start", message: { id: "m" } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ),
    events({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "word " } }),
  ],
  google: ["", events({ candidates: [{ content: { parts: [{ text: "word " }] } }] })],
};

describe.each(Object.entries(PIECES))("S8 %s", (name, [begin, piece]) => {
  it("a reader that stops reading stops the vendor's writing", async () => {
    let written = 0;
    let isFull = false;
    const block = Buffer.from(piece.repeat(Math.ceil(16_384 / piece.length)));
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(begin);
      const write = (): void => {
        while (!response.destroyed && !isFull) {
          written += block.length;
          isFull = !response.write(block);
        }
      };
      response.on("drain", () => {
        isFull = false;
        write();
      });
      write();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lean = leanTransport();
    const transport: Transport = { name: "here", fetch: (_url, init) => lean.fetch(url, init) };
    const provider = kindOf(name).provide({ apiKey: "k", transport });
    const { call } = callOf(provider, { mode: "stream", model: modelOf(name) });
    let delivered = 0;
    for await (const event of await provider.generate(call)) {
      if (event.type !== "part-delta") continue;
      delivered += 1;
      if (delivered < 3) continue;
      // Until the vendor can write no more, however often it is let.
      for (let before = -1; before !== written; ) {
        before = written;
        for (let turns = 0; turns < 2_000; turns += 1) await turn();
      }
      break;
    }
    // What the kernel's own buffers hold on both sides is not ours: some MiB on a loopback.
    expect(written).toBeLessThan(16 * MIB);
    await lean.close?.();
    server.closeAllConnections();
    server.close();
  });
});
