import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "headgate/anthropic";
import { GatewayError } from "headgate/kit";
import { afterAll, describe, expect, it } from "vitest";
import {
  answer,
  callOf,
  hasRecordings,
  KEY,
  MODEL,
  read,
  recordedEvents,
  recording,
  sse,
  wireEvent,
} from "./anthropic-support.ts";
import { type Answer, replay } from "./replay.ts";

const sonnet = "claude-sonnet-4-5-20250929";
const haiku = "claude-haiku-4-5-20251001";
const stream = { mode: "stream" } as const;

/** Who answered, which is not always who was asked. */
const by =
  (model: string) =>
  ({ finish }: Answer): void =>
    expect(finish?.response.model).toBe(model);

replay("Anthropic", {
  path: "anthropic",
  provider: (transport) => anthropic({ apiKey: KEY, transport }),
  model: MODEL,
  frame: wireEvent,
  expected: {
    "anthropic-claude-opus-5-reasoning-high.1.json": {
      finish: "stop",
      raw: "end_turn",
      tokens: [51, 1699],
      parts: "reasoning text",
      also: by("claude-opus-5"),
    },
    "anthropic-clear-thinking.1.chunks.txt": {
      finish: "stop",
      raw: "end_turn",
      tokens: [69, 53],
      parts: "reasoning text",
      also: by(sonnet),
    },
    "anthropic-clear-thinking.1.json": {
      finish: "stop",
      raw: "end_turn",
      tokens: [69, 33],
      parts: "reasoning text",
      also: by(sonnet),
    },
    "anthropic-fallback.chunks.txt": {
      finish: "stop",
      raw: "end_turn",
      tokens: [412, 264],
      parts: "text",
      also: by("claude-opus-4-8"),
    },
    "anthropic-fallback.json": {
      finish: "stop",
      raw: "end_turn",
      tokens: [412, 264],
      parts: "text",
      also: by("claude-opus-4-8"),
    },
    "anthropic-json-other-tool.1.chunks.txt": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [843, 28],
      parts: "tool-call",
      also: by(haiku),
    },
    "anthropic-json-other-tool.1.json": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [843, 28],
      parts: "tool-call",
      also: by(haiku),
    },
    "anthropic-json-output-format.1.chunks.txt": {
      finish: "stop",
      raw: "end_turn",
      tokens: [313, 305],
      parts: "text",
      also: by(sonnet),
    },
    "anthropic-json-output-format.1.json": {
      finish: "stop",
      raw: "end_turn",
      tokens: [371, 629],
      parts: "text",
      also: by(sonnet),
    },
    "anthropic-json-tool.1.chunks.txt": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [849, 47],
      parts: "tool-call",
      also: by(haiku),
    },
    "anthropic-json-tool.1.json": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [1151, 87],
      parts: "tool-call",
      also: by(haiku),
    },
    "anthropic-message-delta-input-tokens.chunks.txt": {
      finish: "stop",
      raw: "end_turn",
      tokens: [61, 2],
      parts: "text",
      also: by("claude-opus-4-5-20251101"),
    },
    "anthropic-refusal-no-details.json": {
      finish: "refusal",
      raw: "refusal",
      tokens: [18, 5],
      parts: "refusal",
      also: by("claude-fable-5"),
    },
    "anthropic-refusal.chunks.txt": {
      finish: "refusal",
      raw: "refusal",
      tokens: [18, 5],
      parts: "refusal",
      also: by("claude-fable-5"),
    },
    "anthropic-refusal.json": {
      finish: "refusal",
      raw: "refusal",
      tokens: [18, 5],
      parts: "refusal",
      also: by("claude-fable-5"),
    },
    "anthropic-text.chunks.txt": { finish: "stop", raw: "end_turn", tokens: [12, 30], parts: "text", also: by(sonnet) },
    "anthropic-text.json": { finish: "stop", raw: "end_turn", tokens: [12, 29], parts: "text", also: by(sonnet) },
    "anthropic-tool-no-args.chunks.txt": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [565, 48],
      parts: "text tool-call",
      also: by(sonnet),
    },
    "anthropic-tool-no-args.json": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [602, 93],
      parts: "text tool-call",
      also: by("claude-3-opus-20240229"),
    },
    "duplicate-message-start.chunks.txt": {
      finish: "stop",
      raw: "end_turn",
      tokens: [17, 227],
      parts: "text",
      also: by("claude-3-haiku-20240307"),
    },
    "spliced-message-start.chunks.txt": {
      finish: "tool-calls",
      raw: "tool_use",
      tokens: [17, 65],
      parts: "reasoning reasoning tool-call",
      also: by("claude-3-haiku-20240307"),
    },
  },
  // All content comes before `message_delta` says why the model stopped; only `message_stop` is missing behind it.
  isWhole: (lines) => lines.some((line) => /"stop_reason":\s*"/.test(line) && line.includes('"message_delta"')),
});

describe.skipIf(!hasRecordings)("a recorded stream of Anthropic", () => {
  it("S1 cut after any byte is whole or stream_truncated, never a part of either", async () => {
    const lines = recordedEvents("anthropic-tool-no-args.chunks.txt");
    const bytes = new TextEncoder().encode(sse(lines));
    const complete = await answer({ body: [bytes] }, callOf({}, stream));
    const told = new TextEncoder().encode(sse(lines.slice(0, -1))).byteLength;
    for (let cut = 0; cut <= bytes.byteLength; cut += 1) {
      const { error, events } = await answer({ body: [bytes.slice(0, cut)] }, callOf({}, stream));
      expect(GatewayError.is(error, "stream_truncated")).toBe(cut < told);
      expect(events).toEqual(complete.events.slice(0, events.length));
      if (cut >= told) expect(events).toEqual(complete.events);
    }
  });
});

describe.skipIf(!hasRecordings)("recorded answers over a real connection", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  const serve = async (body: string, type: string): Promise<string> => {
    const server = createServer((request, response) => {
      request
        .resume()
        .on("end", () => response.writeHead(200, { "content-type": type, "request-id": "req_9" }).end(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it("the lean transport brings the same answer as a stub", async () => {
    const body = sse(recordedEvents("anthropic-json-tool.1.chunks.txt"));
    const provider = anthropic({ apiKey: KEY, baseURL: await serve(body, "text/event-stream") });
    const { events, finish } = await read(provider.generate(callOf({}, stream)));
    const stub = await answer({ body }, callOf({}, stream));
    expect(events.slice(0, -1)).toEqual(stub.events.slice(0, -1));
    expect(finish?.response.requestId).toBe("req_9");
    await provider.close?.();
  });

  it("a whole answer too", async () => {
    const body = recording("anthropic-text.json")!;
    const provider = anthropic({ apiKey: KEY, baseURL: await serve(body, "application/json") });
    const { parts, finish } = await read(provider.generate(callOf()));
    expect(parts).toEqual((await answer({ body })).parts);
    expect(finish?.response.requestId).toBe("req_9");
    await provider.close?.();
  });
});
