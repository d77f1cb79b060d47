/**
 * What the adapter takes from `@anthropic-ai/sdk`: types that must go on fitting (the compiler is the test, and a new kind
 * of anything breaks the build until somebody has looked at it), and its client, over real HTTP.
 */
import Anthropic from "@anthropic-ai/sdk";
import type {
  ContentBlock,
  MessageCountTokensParams,
  MessageCreateParamsBase,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  StopReason,
} from "@anthropic-ai/sdk/resources/messages/messages";
import { type AnthropicClient, anthropic } from "headgate/anthropic";
import { type FinishReason, fetchTransport, leanTransport, type PartType } from "headgate/kit";
import { startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { buildRequest, countedParams } from "../../providers/anthropic/request.ts";
import { answer, callOf, message, read } from "./anthropic-support.ts";

const TRANSLATOR = { name: "anthropic", version: undefined, betas: [] };

/** How a request reaches each parameter of the vendor's. */
const PARAMETERS: Readonly<Record<keyof MessageCreateParamsBase, string>> = {
  model: "the registry's `model`",
  messages: "messages",
  system: "system",
  max_tokens: "maxOutputTokens",
  tools: "tools",
  tool_choice: "toolChoice, parallelToolCalls",
  thinking: "reasoning",
  output_config: "output, reasoning",
  stop_sequences: "stop",
  metadata: "user",
  cache_control: "promptCache",
  stream: "the way of asking",
  service_tier: "providerOptions.serviceTier",
  speed: "providerOptions.speed",
  inference_geo: "providerOptions.inferenceGeo",
  container: "providerOptions.body",
  diagnostics: "providerOptions.body",
  // Headers: `headers` of the provider.
  user_profile_id: "headers",
  workspace_id: "headers",
};

const REASONS: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "refusal",
  pause_turn: "other",
};

const KINDS: Readonly<Record<ContentBlock["type"], PartType>> = {
  text: "text",
  thinking: "reasoning",
  redacted_thinking: "reasoning",
  tool_use: "tool-call",
  server_tool_use: "tool-call",
  web_search_tool_result: "tool-result",
  web_fetch_tool_result: "tool-result",
  code_execution_tool_result: "tool-result",
  bash_code_execution_tool_result: "tool-result",
  text_editor_code_execution_tool_result: "tool-result",
  tool_search_tool_result: "tool-result",
  container_upload: "file",
};

/** Events and pieces that a stream is made of: all of them are read. */
const EVENTS: Readonly<Record<RawMessageStreamEvent["type"] | RawContentBlockDelta["type"], true>> = {
  message_start: true,
  message_delta: true,
  message_stop: true,
  content_block_start: true,
  content_block_delta: true,
  content_block_stop: true,
  text_delta: true,
  input_json_delta: true,
  citations_delta: true,
  thinking_delta: true,
  signature_delta: true,
};

describe("the types of Anthropic's SDK", () => {
  it("fit what is sent, and what is used of its client", () => {
    const { body } = buildRequest(callOf(), TRANSLATOR);
    const sent: MessageCreateParamsBase = body;
    const counted: Partial<MessageCountTokensParams> = countedParams(body);
    const client: AnthropicClient = new Anthropic({ apiKey: "any", openTelemetry: false });
    expect(Object.keys(sent).every((name) => name in PARAMETERS)).toBe(true);
    expect(Object.keys(counted)).toEqual(["model", "messages"]);
    expect(typeof client.post).toBe("function");
    expect(Object.values(EVENTS)).toHaveLength(11);
  });

  it.each(Object.entries(REASONS))("know no reason to stop that is not known here: %s", async (raw, reason) => {
    expect((await answer({ body: JSON.stringify(message([], { stop_reason: raw })) })).finish?.finishReason).toBe(
      reason,
    );
  });

  it.each(Object.entries(KINDS))("know no block that is not known here: %s", async (type, kind) => {
    const block = {
      type,
      text: "x",
      thinking: "x",
      data: "x",
      id: "1",
      name: "x",
      input: {},
      tool_use_id: "1",
      content: {},
    };
    const { parts } = await answer({ body: JSON.stringify(message([block])) });
    expect(parts.map((part) => part.type)).toEqual([kind]);
  });
});

describe("the client of Anthropic's SDK, over real HTTP", () => {
  it.each([
    ["the lean transport", leanTransport],
    ["plain fetch", fetchTransport],
  ] as const)("by %s hands its answers over unread: whole, streamed, counted, listed, refused", async (_, transportOf) => {
    await using vendor = await startVendor({ api: "anthropic", models: { "claude-opus-5": {} }, keys: ["right"] });
    const transport = transportOf();
    const provider = anthropic({ apiKey: "right", baseURL: vendor.url, transport });
    const whole = await read(provider.generate(callOf()));
    const streamed = await read(provider.generate(callOf({}, { mode: "stream" })));
    expect([whole.error, streamed.error]).toEqual([undefined, undefined]);
    expect(streamed.parts).toEqual(whole.parts);
    expect(streamed.finish?.usage).toEqual(whole.finish?.usage);
    expect(whole.finish?.response.requestId).toBe(vendor.hits[0]?.requestId);
    expect(await provider.countTokens?.(callOf())).toBeGreaterThan(0);
    expect(await provider.models?.(new AbortController().signal)).toEqual(["claude-opus-5"]);
    for (const mode of ["complete", "stream"] as const) {
      const refused = anthropic({ apiKey: "wrong", baseURL: vendor.url, transport });
      const { error } = await read(refused.generate(callOf({}, { mode })));
      expect(error).toMatchObject({
        code: "credential_rejected",
        status: 401,
        details: { vendorType: "authentication_error" },
      });
    }
    expect(vendor.hits.map(({ headers }) => headers["anthropic-version"])).toEqual(Array(6).fill("2026-10-21"));
    await transport.close?.();
  });

  it("may be one's own, which reads its refusals itself", async () => {
    await using vendor = await startVendor({ api: "anthropic" });
    vendor.script([{ error: "overloaded", retryAfterMs: 2_000 }]);
    const client = new Anthropic({ apiKey: "any", baseURL: vendor.url, openTelemetry: false });
    const provider = anthropic({ client });
    expect((await read(provider.generate(callOf()))).error).toMatchObject({ code: "overloaded", retryAfterMs: 2_000 });
    expect((await read(provider.generate(callOf({}, { mode: "stream" })))).finish?.finishReason).toBe("stop");
    expect(vendor.hits).toHaveLength(2);
  });
});
