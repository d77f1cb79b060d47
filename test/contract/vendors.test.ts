/**
 * Every vendor fits the contract: for each row of the vendors' tables (how to call, how usage is told, what goes wrong in
 * mapping) a request, a completion or a usage value that compiles. The compiler is the test; at run time the usage
 * values are checked for what types cannot say.
 */
import type {
  Answer,
  AssistantMessage,
  ContentEvent,
  FinishReason,
  GenerateRequest,
  Message,
  Price,
  ProviderFact,
  Request,
  Schema,
  ToolResultPart,
  Usage,
} from "headgate";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const weather = {
  name: "weather",
  description: "of a city",
  input: z.object({ city: z.string() }),
  strict: true,
} as const;
const png = { type: "file", mediaType: "image/png", data: { base64: "iVBORw0KGgo=" } } as const;
const usage: Usage = {
  input: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
  output: { total: 5, reasoning: 0 },
  meters: {},
  source: "reported",
};

/** One request for each row of "how to call". */
const requests: Record<string, Request> = {
  call: { model: "fast", prompt: "hello" },
  system: { task: "chat", system: "Be brief.", prompt: "hello" },
  "system, mid-conversation": {
    model: "fast",
    messages: [
      { role: "user", content: "hello" },
      { role: "system", content: "The user is a child." },
      { role: "user", content: "why is the sky blue?" },
    ],
  },
  tools: { model: "fast", prompt: "hello", tools: [weather] },
  "tools the vendor runs": {
    model: "fast",
    prompt: "hello",
    tools: [{ type: "provider", provider: "anthropic", name: "web_search_20250305", options: { max_uses: 3 } }],
  },
  "tool choice": { model: "fast", prompt: "hello", tools: [weather], toolChoice: { tool: "weather" } },
  "tool choice, none": { model: "fast", prompt: "hello", tools: [weather], toolChoice: "none" },
  "parallel off": { model: "fast", prompt: "hello", tools: [weather], parallelToolCalls: false },
  "JSON schema": { model: "fast", prompt: "hello", output: z.object({ title: z.string() }) as Schema },
  "max tokens": { model: "fast", prompt: "hello", maxOutputTokens: 1024 },
  stop: { model: "fast", prompt: "hello", stop: ["\n\n", "END"] },
  sampling: {
    model: "fast",
    prompt: "hello",
    temperature: 0.2,
    topP: 0.9,
    topK: 40,
    seed: 7,
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
  },
  "reasoning, by effort": { model: "deep", prompt: "hello", reasoning: { effort: "xhigh", summary: "auto" } },
  "reasoning, by budget": { model: "deep", prompt: "hello", reasoning: { budgetTokens: 2048 } },
  "reasoning, off": { model: "deep", prompt: "hello", reasoning: { effort: "none" } },
  "prompt cache, breakpoint": {
    model: "fast",
    messages: [{ role: "system", content: [{ type: "text", text: "long", promptCache: { ttlMs: 3_600_000 } }] }],
  },
  "prompt cache, by key": { model: "fast", prompt: "hello", promptCache: { key: "docs-v3", ttlMs: 1_800_000 } },
  image: { model: "eyes", messages: [{ role: "user", content: [{ type: "text", text: "what is it?" }, png] }] },
  "image, by address": {
    model: "eyes",
    messages: [
      {
        role: "user",
        content: [{ type: "file", mediaType: "image/*", data: { url: "https://example.com/a.png" }, detail: "high" }],
      },
    ],
  },
  PDF: {
    model: "eyes",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "sum up" },
          { type: "file", mediaType: "application/pdf", filename: "report.pdf", data: { bytes: new Uint8Array([37]) } },
          { type: "file", mediaType: "application/pdf", data: { fileId: "file_1", provider: "openai" } },
        ],
      },
    ],
  },
  audio: {
    model: "ears",
    messages: [{ role: "user", content: [{ type: "file", mediaType: "audio/wav", data: { base64: "UklGRg==" } }] }],
  },
  abort: { model: "fast", prompt: "hello", signal: new AbortController().signal },
  timeout: {
    model: "fast",
    prompt: "hello",
    timeouts: { totalMs: 60_000, firstTokenMs: 5_000, idleMs: 10_000, connectMs: 2_000 },
  },
  "provider options": { model: "fast", prompt: "hello", providerOptions: { openai: { serviceTier: "flex" } } },
  "who and what for": {
    needs: { tool_call: true, input: ["image"], quality: 70 },
    difficulty: "hard",
    prompt: "hello",
    tenant: "search",
    keyId: "k1",
    user: "u1",
    conversation: "c1",
    priority: "high",
    tags: { team: "web" },
    regions: ["eu"],
    maxCostUsd: 0.01,
    maxLatencyMs: 2_000,
    cache: { mode: "refresh", maxAgeMs: 60_000, tags: ["docs"] },
    promptCache: "off",
    idempotent: false,
    strict: true,
    parentId: "call-1",
  },
};

const state = (provider: string, data: string) => ({ provider, model: "m", account: "default", data });

/** Opaque state, kinds of parts and results: what must survive a round trip through history. */
const answers: Record<string, AssistantMessage> = {
  "OpenAI: encrypted reasoning item, tool call as a string of JSON": {
    role: "assistant",
    content: [
      { type: "reasoning", text: "", state: state("openai", "gAAAA") },
      { type: "tool-call", id: "call_1", name: "weather", input: { city: "Ghent" }, executor: "caller" },
      { type: "tool-call", id: "call_2", name: "now", input: {}, executor: "caller" },
    ],
  },
  "Anthropic: signed and redacted thinking, server tool, citation": {
    role: "assistant",
    content: [
      { type: "reasoning", text: "I should look.", state: { ...state("anthropic", ""), data: { signature: "EqQB" } } },
      { type: "reasoning", text: "", state: { ...state("anthropic", ""), data: { redacted: "Emw" } } },
      { type: "tool-call", id: "srvtoolu_1", name: "web_search", input: { query: "x" }, executor: "vendor" },
      {
        type: "tool-result",
        id: "srvtoolu_1",
        name: "web_search",
        output: { type: "json", value: [{ url: "https://example.com" }] },
        executor: "vendor",
        state: state("anthropic", "encrypted_content"),
      },
      { type: "text", text: "It rains." },
      { type: "source", url: "https://example.com", title: "Weather", quote: "It rains", citedBy: 4 },
    ],
  },
  "Gemini: a signature on a call, on an empty last text, and an image out": {
    role: "assistant",
    content: [
      {
        type: "tool-call",
        id: "synth_1",
        name: "weather",
        input: { city: "Ghent" },
        executor: "caller",
        state: state("google", "CiQB"),
      },
      { type: "text", text: "", state: state("google", "CiQB") },
      { type: "file", mediaType: "image/png", data: { base64: "iVBORw0KGgo=" } },
    ],
  },
  "refusal with a category": {
    role: "assistant",
    content: [{ type: "refusal", text: "I cannot.", category: "cyber" }],
  },
};

const results: Record<string, ToolResultPart> = {
  text: { type: "tool-result", id: "call_1", name: "weather", output: "rain" },
  "an object (Gemini wants one)": {
    type: "tool-result",
    id: "call_1",
    name: "weather",
    output: { type: "json", value: { sky: "grey" } },
  },
  "an error (Anthropic, Bedrock)": {
    type: "tool-result",
    id: "call_1",
    name: "weather",
    output: "no such city",
    isError: true,
  },
  "an image": { type: "tool-result", id: "call_1", name: "weather", output: { type: "parts", parts: [png] } },
};

/** Usage as each vendor tells it, in the one normal form: totals inclusive, parts disjoint. */
const usages: Record<string, Usage> = {
  "OpenAI chat: prompt_tokens 100 includes cached 60, write 20; completion 50 includes reasoning 30": {
    input: { total: 100, uncached: 20, cacheRead: 60, cacheWrite: 20 },
    output: { total: 50, reasoning: 30 },
    meters: { "input.audio": 5 },
    source: "reported",
  },
  "OpenAI Responses: cache writes by lifetime, web searches": {
    input: { total: 100, uncached: 40, cacheRead: 30, cacheWrite: 30 },
    output: { total: 10, reasoning: 0 },
    meters: { "cacheWrite.30m": 20, "cacheWrite.12h": 10, webSearch: 2 },
    source: "reported",
  },
  "Anthropic: input_tokens 10 excludes read 80 and creation 20 (5m 15, 1h 5)": {
    input: { total: 110, uncached: 10, cacheRead: 80, cacheWrite: 20 },
    output: { total: 40, reasoning: 25 },
    meters: { "cacheWrite.5m": 15, "cacheWrite.1h": 5, webSearch: 1 },
    source: "reported",
  },
  "Gemini: prompt 9, candidates 23 exclude thoughts 302": {
    input: { total: 9, uncached: 9, cacheRead: 0, cacheWrite: 0 },
    output: { total: 325, reasoning: 302 },
    meters: {},
    source: "reported",
  },
  "Bedrock: inputTokens 12 excludes read 30 and write 6": {
    input: { total: 48, uncached: 12, cacheRead: 30, cacheWrite: 6 },
    output: { total: 7, reasoning: 0 },
    meters: { "cacheWrite.5m": 6 },
    source: "reported",
  },
  "a cut answer: what was seen, estimated": { ...usage, source: "estimated" },
};

const prices: Record<string, Price> = {
  "tiers, cache, reasoning": {
    input: 0.25,
    output: 2,
    cache_read: 0.025,
    cache_write: 0.3125,
    reasoning: 2,
    tiers: [{ above: 272_000, input: 0.5, output: 3 }],
  },
  "meters and multipliers": {
    input: 3,
    output: 15,
    meters: { webSearch: { usd: 0.01 }, "cacheWrite.1h": { usd: 0.000006, meterOf: "cacheWrite" } },
    multipliers: { "service_tier.flex": 0.5, batch: 0.5, "region.eu": 1.1 },
  },
};

const finishes: Record<string, readonly string[]> = {
  stop: ["stop", "end_turn", "STOP", "completed"],
  length: ["length", "max_tokens", "MAX_TOKENS", "incomplete", "model_context_window_exceeded"],
  "tool-calls": ["tool_calls", "tool_use"],
  "content-filter": ["content_filter", "SAFETY", "guardrail_intervened"],
  refusal: ["refusal"],
  other: ["pause_turn", "CONTINUATION"],
} satisfies Record<FinishReason, readonly string[]>;

/** What a stream must be able to say, whatever the vendor. */
const events: readonly ContentEvent[] = [
  { type: "part-start", index: 0, part: { type: "reasoning" } },
  { type: "part-delta", index: 0, kind: "reasoning", delta: "hm" },
  { type: "part-end", index: 0, part: { type: "reasoning", text: "hm" } },
  { type: "part-start", index: 1, part: { type: "tool-call", id: "call_1", name: "weather", executor: "caller" } },
  { type: "part-delta", index: 1, kind: "tool-call", delta: '{"city":' },
  {
    type: "part-end",
    index: 1,
    part: { type: "tool-call", id: "call_1", name: "weather", input: { city: "Ghent" }, executor: "caller" },
  },
  { type: "part-start", index: 2, part: { type: "source", url: "https://example.com" } },
  { type: "part-end", index: 2, part: { type: "source", url: "https://example.com" } },
  {
    type: "finish",
    finishReason: "tool-calls",
    rawFinishReason: "tool_use",
    usage,
    reportedCostUsd: 0.0001,
    response: { id: "msg_1", model: "claude-opus-5-20260901", requestId: "req_1" },
    providerMetadata: { service_tier: "standard", stop_details: { category: null } },
  },
];

const facts: readonly ProviderFact[] = [
  { type: "usage", usage },
  { type: "alive" },
  { type: "warning", warning: { code: "parameter_dropped", message: "no stop in Responses", path: "stop" } },
  {
    type: "response",
    response: { requestId: "req_1" },
    rateLimits: [{ name: "tokens", limit: 100, remaining: 7, resetAfterMs: 6_000 }],
  },
];

/** A conversation of a user, a model, its tools and the model again, as providers get it. */
const conversation: GenerateRequest = {
  messages: [
    { role: "user", content: "what is the weather?" },
    ...Object.values(answers),
    { role: "tool", content: Object.values(results) },
  ] satisfies readonly Message[],
  tools: [
    { type: "function", name: "weather", input: { name: "weather", schema: { type: "object" } } },
    { type: "provider", provider: "openai", name: "web_search" },
  ],
  output: { name: "answer", schema: { type: "object" } },
};

const whole: Answer = {
  id: "1",
  text: "It rains.",
  parts: [{ type: "text", text: "It rains." }],
  toolCalls: [],
  finishReason: "stop",
  rawFinishReason: "end_turn",
  usage,
  costUsd: undefined,
  model: "fast",
  provider: "anthropic",
  attempts: [],
  cache: { status: "miss" },
  warnings: [],
  response: { id: "msg_1" },
  providerMetadata: {},
  message: { role: "assistant", content: "It rains." },
};

describe("the contract holds every vendor", () => {
  it.each(Object.entries(usages))("usage: %s", (_name, { input, output }) => {
    expect(input.uncached + input.cacheRead + input.cacheWrite).toBe(input.total);
    expect(output.reasoning).toBeLessThanOrEqual(output.total);
  });

  it("nothing but opaque bytes keeps a message from being stored as JSON", () => {
    for (const message of [...Object.values(answers), ...conversation.messages, whole.message]) {
      expect(JSON.parse(JSON.stringify(message))).toEqual(message);
    }
  });

  it("has a value for every row of the vendors' tables", () => {
    expect([requests, prices, finishes].map((rows) => Object.keys(rows).length)).toEqual([25, 2, 6]);
    expect(events.length + facts.length).toBe(13);
  });
});
