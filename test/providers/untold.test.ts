/** S3: what a vendor does not say of its usage is estimated, never free: in a whole answer, and in one that is cut. */
import { type CallRecord, createGateway, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import type { Provider, Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { answering } from "./every-provider.ts";

const events = (...all: readonly object[]): string => all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
const SSE = { headers: { "content-type": "text/event-stream" } };
const PROMPT = "Look at the gate. ".repeat(20);

const said = [
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "It is shut." } },
];
const claude = (start: object, ...end: readonly object[]): string =>
  events({ type: "message_start", message: { id: "m", ...start } }, ...said, ...end);
const stopped = (usage: object): readonly object[] => [
  { type: "message_delta", delta: { stop_reason: "end_turn" }, ...usage },
  { type: "message_stop" },
];
const gemini = (usageMetadata: object, end: object): string =>
  events({ candidates: [{ content: { parts: [{ text: "It is shut." }] }, ...end }], usageMetadata });

const named = { name: "v", apiKey: "k" } as const;
const asAnthropic = (transport: Transport): Provider => anthropic({ ...named, transport });
const asGoogle = (transport: Transport): Provider => google({ ...named, transport });
const asChat = (transport: Transport): Provider => openaiCompatible({ ...named, baseURL: "http://v.test", transport });

const STREAMS: Readonly<Record<string, readonly [(transport: Transport) => Provider, body: string]>> = {
  "Anthropic, cut, nothing said": [asAnthropic, claude({})],
  "Anthropic, whole, nothing said": [asAnthropic, claude({}, ...stopped({}))],
  "Anthropic, whole, only the output said": [asAnthropic, claude({}, ...stopped({ usage: { output_tokens: 9 } }))],
  "Anthropic, whole, input that cannot be": [asAnthropic, claude({ usage: { input_tokens: -3 } }, ...stopped({}))],
  "Google, cut, only the output said": [asGoogle, gemini({ candidatesTokenCount: 9 }, {})],
  "Google, whole, nothing said": [asGoogle, gemini({}, { finishReason: "STOP" })],
  "chat, cut": [asChat, events({ choices: [{ delta: { content: "It is shut." } }] })],
  "chat, whole": [asChat, events({ choices: [{ delta: { content: "It is shut." }, finish_reason: "stop" }] })],
};

const WHOLE: Readonly<Record<string, readonly [(transport: Transport) => Provider, body: object]>> = {
  "Bedrock, only the output said": [
    (transport) => bedrock({ ...named, region: "us-east-1", transport }),
    {
      output: { message: { content: [{ text: "It is shut." }] } },
      stopReason: "end_turn",
      usage: { outputTokens: 4 },
    },
  ],
  "Responses, figures that cannot be": [
    (transport) => openai({ ...named, transport }),
    {
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "It is shut." }] }],
      usage: { input_tokens: 1e300, output_tokens: 2 },
    },
  ],
};

const billed = async (provider: Provider, mode: "complete" | "stream") => {
  const ledger = memoryLedger();
  await using gateway = createGateway({
    providers: [provider],
    registry: { models: { m: { provider: "v", model: "gemini-3", cost: { input: 1, output: 1 } } } },
    ledger,
    maxAttempts: 1,
  });
  const request = { model: "m", prompt: PROMPT };
  const asked = mode === "stream" ? gateway.stream(request).completion() : gateway.complete(request);
  await asked.catch(() => {});
  const [record] = ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
  return record?.attempts[0];
};

const expectEstimate = (attempt: Awaited<ReturnType<typeof billed>>): void => {
  expect(attempt?.usage?.source).toBe("estimated");
  // Four bytes a token, or so.
  expect(attempt?.usage?.input.total).toBeGreaterThanOrEqual(PROMPT.length / 5);
  expect(attempt?.usage?.output.total).toBeGreaterThan(0);
};

describe("usage that was not told", () => {
  it.each(Object.entries(STREAMS))("%s", async (_what, [provide, body]) => {
    expectEstimate(await billed(provide(answering(body, SSE).transport), "stream"));
  });

  it.each(Object.entries(WHOLE))("%s", async (_what, [provide, body]) => {
    expectEstimate(await billed(provide(answering(JSON.stringify(body)).transport), "complete"));
  });
});
