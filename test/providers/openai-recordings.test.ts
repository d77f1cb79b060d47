/** Recorded answers of OpenAI, in both of its APIs. */
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { type Answer, ask, type Expected, hasRecordings, recording, replay, StubVendor } from "./replay.ts";

const model = { name: "m", id: "gpt-5", capabilities: { tool_call: true, reasoning: true }, limit: {}, options: {} };
const frame = (line: string): string => `data: ${line}\n\n`;

replay("OpenAI, Chat Completions", {
  path: "openai/chat",
  provider: (transport) => openai({ apiKey: "test", transport, api: "chat" }),
  model,
  frame,
  tail: "data: [DONE]\n\n",
  isWhole: (events) => /"finish_reason":"\w/.test(events.join("")),
  expected: {
    "azure-model-router.1.chunks.txt": {
      finish: "stop",
      raw: "stop",
      tokens: [15, 78],
      parts: "text",
      // The first event has no choices, and names no model.
      also: ({ finish }) => expect(finish?.response.model).toBe("gpt-5-nano-2025-08-07"),
    },
    "openai-text.chunks.txt": { finish: "stop", raw: "stop", tokens: [16, 300], parts: "text" },
    "openai-text.json": { finish: "stop", raw: "stop", tokens: [16, 363], parts: "text" },
    "reasoning-model-legacy-parameter-error.json": { error: "unsupported", status: 400 },
  },
});

/** Up to the first terminal event: some recordings hold several answers in a row. */
const firstAnswer = (events: readonly string[]): readonly string[] => {
  const end = events.findIndex((line) => /"type":\s*"response\.(completed|incomplete|failed)"/.test(line));
  return end < 0 ? events : events.slice(0, end + 1);
};

const custom: Expected = {
  finish: "tool-calls",
  raw: "completed",
  tokens: [50, 20],
  parts: "tool-call",
  also: ({ parts }) => expect(parts[0]).toMatchObject({ input: "SELECT * FROM users WHERE age > 25" }),
};

replay("OpenAI, Responses", {
  path: "openai/responses",
  provider: (transport) => openai({ apiKey: "test", transport }),
  model,
  frame,
  pick: firstAnswer,
  isWhole: () => false,
  expected: {
    "github-copilot-id-rotation.1.chunks.txt": {
      finish: "stop",
      raw: "completed",
      tokens: [19, 105],
      parts: "reasoning text",
      also: ({ text }) => expect(text).toMatch(/^There are \*\*3\*\*.*\*\*3, 8, and 9\*\*\.$/s),
    },
    "openai-custom-tool.1.chunks.txt": custom,
    "openai-custom-tool.1.json": custom,
    "openai-error.1.chunks.txt": { error: "quota_exhausted" },
    "openai-error.1.json": { error: "quota_exhausted", status: 429 },
    "openai-phase.1.chunks.txt": {
      finish: "stop",
      raw: "completed",
      tokens: [7_112, 463],
      parts: "text text",
      also: ({ parts }) =>
        expect(parts.map((part) => "state" in part && part.state?.data)).toEqual([
          { phase: "commentary" },
          { phase: "final_answer" },
        ]),
    },
    "openai-phase.1.json": { finish: "stop", raw: "completed", tokens: [7_243, 423], parts: "text text" },
    "openai-reasoning-encrypted-content.1.chunks.txt": {
      finish: "tool-calls",
      raw: "completed",
      tokens: [134, 28],
      parts: "reasoning tool-call",
    },
    "openai-reasoning-encrypted-content.1.json": {
      finish: "stop",
      raw: "completed",
      tokens: [865, 163],
      parts: "reasoning text",
      also: ({ parts }) => expect(parts[0]).toMatchObject({ state: { data: { encrypted: expect.any(String) } } }),
    },
    // Its last event lacks a brace: an event that is no JSON is never read as an answer.
    "parallel-tool-call-wrapper.1.chunks.txt": { error: "protocol" },
    "parallel-tool-call-wrapper.1.json": {
      finish: "tool-calls",
      raw: "completed",
      tokens: [34, 28],
      parts: "tool-call",
    },
    "reasoning-model-temperature-error.json": { error: "unsupported", status: 400 },
  },
});

/** Encrypted state is made anew for the last event; ids of one's own making are of the moment. */
const bare = (answer: Answer) => answer.parts.map((part) => ({ ...part, state: undefined }));

describe.skipIf(!hasRecordings)("a recorded stream and its own last word", () => {
  it.each([
    "openai-custom-tool.1.chunks.txt",
    "openai-phase.1.chunks.txt",
    "openai-reasoning-encrypted-content.1.chunks.txt",
  ])("%s: the parts of the pieces are those of the whole", async (name) => {
    const events = firstAnswer(recording(`openai/responses/${name}`));
    const { response } = JSON.parse(events.at(-1) ?? "{}");
    const vendor = new StubVendor();
    const provider = openai({ apiKey: "test", transport: vendor });
    vendor.reply = {
      headers: { "content-type": "text/event-stream" },
      chunks: [Buffer.from(events.map(frame).join(""))],
    };
    const streamed = await ask(provider, { mode: "stream", model });
    vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(JSON.stringify(response))] };
    const whole = await ask(provider, { mode: "complete", model });
    expect(bare(streamed)).toEqual(bare(whole));
    expect(streamed.finish).toEqual(whole.finish);
  });

  it("openai/embedding: vectors in order, tokens as they were told", async () => {
    const vendor = new StubVendor();
    const text = recording("openai/embedding/openai-embedding.json").join("\n");
    const { data, usage } = JSON.parse(text);
    vendor.reply = { headers: { "content-type": "application/json" }, chunks: [Buffer.from(text)] };
    const { embed, credentials } = openai({ apiKey: "test", transport: vendor });
    const result = await embed?.({
      model,
      input: data.map(() => "x"),
      credential: credentials[0] ?? { id: "", account: "" },
      signal: new AbortController().signal,
      connectMs: 1,
      clock: { now: () => 0, after: () => () => {}, chance: () => 0 },
      report: () => {},
    });
    expect(result?.vectors.map((vector) => [...vector])).toEqual(
      data.map(({ embedding }: { embedding: number[] }) => [...Float32Array.from(embedding)]),
    );
    expect(result?.usage.input.total).toBe(usage.prompt_tokens);
    expect(result?.usage.source).toBe("reported");
  });
});
