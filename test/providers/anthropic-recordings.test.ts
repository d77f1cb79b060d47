import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "headgate/anthropic";
import { GatewayError, type Part } from "headgate/kit";
import { afterAll, describe, expect, it } from "vitest";
import { answer, callOf, hasRecordings, KEY, read, recordedEvents, recording, sse } from "./anthropic-support.ts";

/**
 * Real answers of the vendor, replayed through the real SDK. They are kept beside the repository; set HEADGATE_RECORDINGS
 * to their folder.
 */
interface Expected {
  readonly finish: string;
  readonly raw: string;
  /** Input and output in all, as the vendor says. */
  readonly tokens: readonly [input: number, output: number];
  readonly parts: string;
  readonly model: string;
}

const sonnet = "claude-sonnet-4-5-20250929";
const haiku = "claude-haiku-4-5-20251001";

const whole: Readonly<Record<string, Expected>> = {
  "anthropic-claude-opus-5-reasoning-high.1": {
    finish: "stop",
    raw: "end_turn",
    tokens: [51, 1699],
    parts: "reasoning text",
    model: "claude-opus-5",
  },
  "anthropic-clear-thinking.1": {
    finish: "stop",
    raw: "end_turn",
    tokens: [69, 33],
    parts: "reasoning text",
    model: sonnet,
  },
  "anthropic-fallback": {
    finish: "stop",
    raw: "end_turn",
    tokens: [412, 264],
    parts: "text",
    model: "claude-opus-4-8",
  },
  "anthropic-json-other-tool.1": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [843, 28],
    parts: "tool-call",
    model: haiku,
  },
  "anthropic-json-output-format.1": {
    finish: "stop",
    raw: "end_turn",
    tokens: [371, 629],
    parts: "text",
    model: sonnet,
  },
  "anthropic-json-tool.1": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [1151, 87],
    parts: "tool-call",
    model: haiku,
  },
  "anthropic-refusal-no-details": {
    finish: "refusal",
    raw: "refusal",
    tokens: [18, 5],
    parts: "refusal",
    model: "claude-fable-5",
  },
  "anthropic-refusal": {
    finish: "refusal",
    raw: "refusal",
    tokens: [18, 5],
    parts: "refusal",
    model: "claude-fable-5",
  },
  "anthropic-text": { finish: "stop", raw: "end_turn", tokens: [12, 29], parts: "text", model: sonnet },
  "anthropic-tool-no-args": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [602, 93],
    parts: "text tool-call",
    model: "claude-3-opus-20240229",
  },
};

const streamed: Readonly<Record<string, Expected>> = {
  "anthropic-clear-thinking.1": {
    finish: "stop",
    raw: "end_turn",
    tokens: [69, 53],
    parts: "reasoning text",
    model: sonnet,
  },
  "anthropic-fallback": {
    finish: "stop",
    raw: "end_turn",
    tokens: [412, 264],
    parts: "text",
    model: "claude-opus-4-8",
  },
  "anthropic-json-other-tool.1": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [843, 28],
    parts: "tool-call",
    model: haiku,
  },
  "anthropic-json-output-format.1": {
    finish: "stop",
    raw: "end_turn",
    tokens: [313, 305],
    parts: "text",
    model: sonnet,
  },
  "anthropic-json-tool.1": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [849, 47],
    parts: "tool-call",
    model: haiku,
  },
  "anthropic-message-delta-input-tokens": {
    finish: "stop",
    raw: "end_turn",
    tokens: [61, 2],
    parts: "text",
    model: "claude-opus-4-5-20251101",
  },
  "anthropic-refusal": {
    finish: "refusal",
    raw: "refusal",
    tokens: [18, 5],
    parts: "refusal",
    model: "claude-fable-5",
  },
  "anthropic-text": { finish: "stop", raw: "end_turn", tokens: [12, 30], parts: "text", model: sonnet },
  "anthropic-tool-no-args": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [565, 48],
    parts: "text tool-call",
    model: sonnet,
  },
  "duplicate-message-start": {
    finish: "stop",
    raw: "end_turn",
    tokens: [17, 227],
    parts: "text",
    model: "claude-3-haiku-20240307",
  },
  "spliced-message-start": {
    finish: "tool-calls",
    raw: "tool_use",
    tokens: [17, 65],
    parts: "reasoning reasoning tool-call",
    model: "claude-3-haiku-20240307",
  },
};

const kinds = (parts: readonly Part[]): string => parts.map((part) => part.type).join(" ");
const stream = { mode: "stream" } as const;

const here = hasRecordings;
if (!here) console.log("Skipped: no recorded answers of Anthropic (set HEADGATE_RECORDINGS to their folder).");

describe.skipIf(!here)("recorded answers of Anthropic", () => {
  it.each(Object.entries(whole))("reads %s whole", async (name, expected) => {
    const { finish, parts, error } = await answer({ body: recording(`${name}.json`)! });
    expect(error).toBeUndefined();
    expect(kinds(parts)).toBe(expected.parts);
    expect(finish).toMatchObject({ finishReason: expected.finish, rawFinishReason: expected.raw });
    expect([finish?.usage.input.total, finish?.usage.output.total]).toEqual(expected.tokens);
    expect(finish?.response.model).toBe(expected.model);
  });

  it.each(Object.entries(streamed))("reads %s as a stream", async (name, expected) => {
    const { finish, parts, error } = await answer(
      { body: sse(recordedEvents(`${name}.chunks.txt`)) },
      callOf({}, stream),
    );
    expect(error).toBeUndefined();
    expect(kinds(parts)).toBe(expected.parts);
    expect(finish).toMatchObject({ finishReason: expected.finish, rawFinishReason: expected.raw });
    expect([finish?.usage.input.total, finish?.usage.output.total]).toEqual(expected.tokens);
    expect(finish?.response.model).toBe(expected.model);
  });

  it.each(
    Object.keys(streamed),
  )("S1 %s cut after any event is stream_truncated, with what had arrived", async (name) => {
    const lines = recordedEvents(`${name}.chunks.txt`);
    const complete = await answer({ body: sse(lines) }, callOf({}, stream));
    const stopAt = lines.findIndex((line) => JSON.parse(line).type === "message_delta");
    for (let kept = 0; kept < lines.length; kept += 1) {
      for (const reset of [false, true]) {
        const body = [new TextEncoder().encode(sse(lines.slice(0, kept)))];
        const { error, events, finish } = await answer({ body, reset }, callOf({}, stream));
        if (kept > stopAt) {
          expect(error).toBeUndefined();
          expect(events).toEqual(complete.events);
          continue;
        }
        expect(GatewayError.is(error, "stream_truncated")).toBe(true);
        expect(finish).toBeUndefined();
        expect(events).toEqual(complete.events.slice(0, events.length));
      }
    }
  });

  it("S1 S5 a stream cut after any byte is whole or stream_truncated, never a part of either", async () => {
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

  it("S5 a stream in two pieces, split anywhere, gives the same events", async () => {
    const bytes = new TextEncoder().encode(sse(recordedEvents("anthropic-clear-thinking.1.chunks.txt")));
    const complete = await answer({ body: [bytes] }, callOf({}, stream));
    for (let split = 1; split < bytes.byteLength; split += 1) {
      const { events } = await answer({ body: [bytes.slice(0, split), bytes.slice(split)] }, callOf({}, stream));
      expect(events).toEqual(complete.events);
    }
  });
});

describe.skipIf(!here)("recorded answers over a real connection", () => {
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
