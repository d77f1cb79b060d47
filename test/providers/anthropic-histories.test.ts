/** Histories of all kinds, made by many vendors and damaged by many hands: what is sent is taken, and nothing is lost unseen. */
import fc from "fast-check";
import {
  GatewayError,
  type GenerateRequest,
  type Message,
  type Part,
  type ProviderModel,
  type VendorState,
} from "headgate/kit";
import { describe, expect, it } from "vitest";
import { buildRequest } from "../../providers/anthropic/request.ts";
import { digest } from "../../src/testing/anthropic-blocks.ts";
import { wrongRequest } from "../../src/testing/anthropic-rules.ts";
import { callOf } from "./anthropic-support.ts";

const SEAL = "own-";
const signed = (words: string): string => SEAL + Buffer.from(digest(words)).toString("base64url");
const state = (provider: string, data: object): VendorState =>
  ({ provider, model: "m", account: provider, data }) as VendorState;

/** Ids as vendors give them, few enough to come twice. */
const callId = fc.constantFrom(
  "toolu_1",
  "call_0",
  "call_0",
  "fc:1/2",
  "weather",
  "é",
  "h00000001",
  "call_0_2",
  "x".repeat(80),
);
const words = fc.constantFrom("Hello", "It rains in Ghent", " ", "", "trailing \n", "é 雨");
const toolName = fc.constantFrom("weather", "default_api.weather", "look-up", "n".repeat(140));

const caller = fc
  .tuple(callId, toolName, fc.constantFrom({ city: "Rome" }, 7, null, "x", []))
  .map(([id, name, input]): Part => ({ type: "tool-call", id, name, input: input as never, executor: "caller" }));
const vendorCall = fc
  .tuple(fc.constantFrom("srvtoolu_1", "srvtoolu_2", "ws_1"), fc.constantFrom("anthropic", "openai"))
  .map(
    ([id, provider]): Part => ({
      type: "tool-call",
      id: provider === "anthropic" ? id.replace("ws_", "srvtoolu_9") : id,
      name: "web_search",
      input: {},
      executor: "vendor",
      state: state(provider, { type: "server_tool_use" }),
    }),
  );
const vendorResult = fc.constantFrom("srvtoolu_1", "srvtoolu_2", "srvtoolu_91").chain((id) =>
  fc.constantFrom("anthropic", "google").map(
    (provider): Part => ({
      type: "tool-result",
      id,
      name: "web_search",
      executor: "vendor",
      output: { type: "json", value: [{ type: "web_search_result", encrypted_content: `${SEAL}x` }] },
      state: state(provider, { type: "web_search_tool_result" }),
    }),
  ),
);
const reasoning = fc.constantFrom<Part>(
  { type: "reasoning", text: "hm", state: state("anthropic", { signature: signed("hm") }) },
  { type: "reasoning", text: "", state: state("anthropic", { redacted: `${SEAL}dark` }) },
  { type: "reasoning", text: "hm", state: state("openai", { id: "rs_1", encrypted: "x" }) },
  { type: "reasoning", text: "", state: state("google", { thoughtSignature: "x" }) },
  { type: "reasoning", text: "hm", state: { ...state("anthropic", { signature: "?" }), account: "another" } },
  { type: "reasoning", text: "hm" },
);
const text = words.map((said): Part => ({ type: "text", text: said }));
const cited = fc.constantFrom("anthropic", "openai").map(
  (provider): Part => ({
    type: "text",
    text: "So it is.",
    state: state(provider, { citations: [{ type: "char_location", cited_text: "x", file_id: null }] }),
  }),
);
const others = fc.constantFrom<Part>(
  { type: "refusal", text: "No." },
  { type: "refusal", text: "" },
  { type: "source", url: "https://example.com", citedBy: 0 },
  { type: "file", mediaType: "image/png", data: { base64: "AA==" } },
);
const flattened = callId.map((id): Part => ({ type: "tool-result", id, name: "weather", output: "sunny" }));
const answerPart = fc.oneof(text, text, caller, caller, reasoning, cited, vendorCall, vendorResult, others, flattened);

const output = fc.constantFrom(
  "sunny",
  "",
  " \n",
  { type: "json", value: { n: 1 } } as const,
  {
    type: "parts",
    parts: [
      { type: "text", text: "see" },
      { type: "file", mediaType: "image/png", data: { base64: "AA==" } },
    ],
  } as const,
  { type: "parts", parts: [] } as const,
);
const toolResult = fc.tuple(callId, output, fc.boolean(), fc.boolean()).map(([id, told, isError, promptCache]) => ({
  type: "tool-result" as const,
  id,
  name: "weather",
  output: told,
  isError,
  ...(promptCache && { promptCache: {} }),
}));
const userPart = fc.constantFrom(
  { type: "text", text: "Hi" } as const,
  { type: "text", text: " " } as const,
  { type: "text", text: "cached", promptCache: { ttlMs: 3_600_000 } } as const,
  { type: "text", text: "cached a little", promptCache: {} } as const,
  { type: "file", mediaType: "image/jpg", data: { url: "data:image/jpeg;base64,AA==" } } as const,
  { type: "file", mediaType: "application/pdf", data: { bytes: new Uint8Array([1]) }, promptCache: {} } as const,
);
const message = fc.oneof(
  words.map((content): Message => ({ role: "user", content })),
  fc.array(userPart, { minLength: 1, maxLength: 6 }).map((content): Message => ({ role: "user", content })),
  words.map((content): Message => ({ role: "system", content })),
  words.map((content): Message => ({ role: "assistant", content })),
  fc.array(answerPart, { maxLength: 6 }).map((content): Message => ({ role: "assistant", content })),
  fc.array(answerPart, { maxLength: 6 }).map((content): Message => ({ role: "assistant", content })),
  fc.array(toolResult, { minLength: 1, maxLength: 4 }).map((content): Message => ({ role: "tool", content })),
  fc.array(toolResult, { minLength: 1, maxLength: 4 }).map((content): Message => ({ role: "tool", content })),
);

const MODELS: readonly Pick<ProviderModel, "id" | "options">[] = [
  { id: "claude-sonnet-4-5", options: { thinking: "enabled", prefill: true, version: "2023-06-01" } },
  { id: "claude-opus-4-8", options: { systemMessages: true } },
  { id: "claude-opus-5", options: {} },
  { id: "claude-fable-5", options: { thinking: "always", systemMessages: true } },
];
const tools = [
  { type: "function", name: "weather", input: { name: "weather", schema: { type: "object", properties: {} } } },
  {
    type: "function",
    name: "look",
    strict: true,
    input: {
      name: "look",
      schema: { anyOf: [{ type: "object", properties: { at: { type: "integer", minimum: 1 } } }] },
    },
  },
] as const;
const settings = fc.record(
  {
    reasoning: fc.constantFrom({ effort: "max" }, { effort: "none" }, { budgetTokens: 1 }, {
      summary: "none",
    } as const),
    promptCache: fc.constantFrom("off" as const, { ttlMs: 1 }, { ttlMs: 3_600_000 }),
    tools: fc.constant(tools),
    toolChoice: fc.constantFrom("auto" as const, "none" as const, "required" as const, { tool: "look" }),
    parallelToolCalls: fc.boolean(),
    output: fc.constantFrom(
      { name: "x", schema: { type: "object", properties: { a: { type: "string", maxLength: 3 } } } },
      { name: "x", schema: { type: "object", additionalProperties: { type: "number" } } },
    ),
    stop: fc.constant(["END", " "]),
    temperature: fc.constantFrom(0, 1.7),
    topP: fc.constant(0.5),
    seed: fc.constant(1),
    user: fc.constant("u1"),
    providerOptions: fc.constant({ citations: true }),
  },
  { requiredKeys: [] },
);

/** What the gateway's door lets in: results answer a call that was made. */
const admitted = (messages: readonly Message[]): readonly Message[] => {
  const calls = new Set<string>();
  return messages.flatMap((each): readonly Message[] => {
    if (typeof each.content === "string") return [each];
    const content = (each.content as readonly Part[]).filter((part) => {
      if (part.type === "tool-call") calls.add(part.id);
      return part.type !== "tool-result" || part.executor === "vendor" || calls.has(part.id);
    });
    return content.length === 0 && each.role !== "assistant" ? [] : [{ ...each, content } as Message];
  });
};

const TRANSLATOR = { name: "anthropic", version: undefined, betas: [] };
const isOwn = (seal: string): boolean => seal.startsWith(SEAL);

const build = (request: Partial<GenerateRequest>, model: Partial<ProviderModel>) => {
  const call = callOf(request, { model });
  const { body, headers } = buildRequest(call, TRANSLATOR);
  const wire = {
    path: "",
    query: new URLSearchParams(),
    headers: { "anthropic-version": "2026-10-21", ...headers },
    body: JSON.parse(JSON.stringify(body)),
  };
  return { wrong: wrongRequest(wire, isOwn), body, warnings: call.warnings };
};

const partsOf = (messages: readonly Message[]): readonly Part[] =>
  messages.flatMap(({ content }) =>
    typeof content === "string" ? [{ type: "text", text: content } as const] : content,
  );

describe("any history", () => {
  it("is taken by the vendor, or refused before it is sent; and what is left out is told", () => {
    let sent = 0;
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        settings,
        fc.constantFrom(...MODELS),
        fc.boolean(),
        fc.boolean(),
        (rest, request, model, withUser, goesOn) => {
          const start: Message[] = withUser ? [{ role: "user", content: "Begin" }] : [];
          const end: Message[] = goesOn ? [{ role: "user", content: "Go on" }] : [];
          const messages = admitted([...start, ...rest, ...end]);
          let built: ReturnType<typeof build>;
          try {
            built = build({ ...request, messages }, model);
          } catch (error) {
            // A conversation must begin with the user, and end with the user for most models.
            if (GatewayError.is(error, "unsupported") && !(withUser && goesOn)) return;
            throw error;
          }
          sent += 1;
          expect(built.wrong).toBeUndefined();
          const { body, warnings } = built;
          const told = JSON.stringify([body.system, body.messages]);
          const blocks = body.messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
          const parts = partsOf(messages);
          for (const part of parts) {
            if ((part.type === "text" || part.type === "refusal") && part.text.trim() !== "") {
              expect(told).toContain(JSON.stringify(part.text.trimEnd()).slice(1, -1));
            }
          }
          const isCallers = (part: Part): boolean => part.type === "tool-call" && part.executor === "caller";
          expect(blocks.filter(({ type }) => type === "tool_use")).toHaveLength(parts.filter(isCallers).length);
          const codes = new Set(warnings.map(({ code }) => code));
          const kinds = new Set(blocks.map(({ type }) => type));
          const thoughts = parts.filter(({ type }) => type === "reasoning").length;
          const kept = blocks.filter(({ type }) => type === "thinking" || type === "redacted_thinking").length;
          if (kept < thoughts) expect(codes).toContain("state_dropped");
          const results = parts.filter((part) => part.type === "tool-result" && part.executor !== "vendor").length;
          const answers = blocks.filter(({ type }) => type === "tool_result").length;
          if (answers !== results) expect(codes.has("part_dropped") || codes.has("other")).toBe(true);
          if (
            parts.some((part) => part.type === "tool-call" && part.executor === "vendor") &&
            !kinds.has("server_tool_use")
          ) {
            expect(codes).toContain("part_dropped");
          }
        },
      ),
      { numRuns: 4_000, seed: 7 },
    );
    expect(sent).toBeGreaterThan(2_000);
  }, 60_000);
});

describe("a damaged history", () => {
  const user = (content: string): Message => ({ role: "user", content });
  const said = (...content: Part[]): Message => ({ role: "assistant", content });
  const call = (id: string, name = "weather"): Part => ({ type: "tool-call", id, name, input: {}, executor: "caller" });
  const answered = (id: string, told = "sunny") =>
    ({ role: "tool", content: [{ type: "tool-result", id, name: "weather", output: told }] }) as const;
  const search = (id: string): Part => ({
    type: "tool-call",
    id,
    name: "web_search",
    input: {},
    executor: "vendor",
    state: state("anthropic", { type: "server_tool_use" }),
  });
  const found = (id: string): Part => ({
    type: "tool-result",
    id,
    name: "web_search",
    executor: "vendor",
    output: { type: "json", value: [] },
    state: state("anthropic", { type: "web_search_tool_result" }),
  });

  const sent = (messages: Message[], model: Partial<ProviderModel> = {}) => {
    const { wrong, body, warnings } = build({ messages }, model);
    expect(wrong).toBeUndefined();
    const turns = body.messages.map(({ role, content }) => [
      role,
      ...(content as { type: string; id?: string; tool_use_id?: string }[]).map(({ type, id, tool_use_id }) =>
        [type, id ?? tool_use_id].filter(Boolean).join(" "),
      ),
    ]);
    return { turns, body, codes: warnings.map(({ code }) => code) };
  };

  it("has an error where a call has no result, so that the call is not lost", () => {
    const { turns, body, codes } = sent([user("a"), said(call("1"), call("2")), answered("2"), user("b")]);
    expect(turns).toEqual([
      ["user", "text"],
      ["assistant", "tool_use 1", "tool_use 2"],
      ["user", "tool_result 2", "tool_result 1", "text"],
    ]);
    expect(body.messages[2]?.content[1]).toMatchObject({ is_error: true, content: "No result." });
    expect(codes).toEqual(["other"]);
  });

  it("has results moved to their calls, and what answers nothing left out", () => {
    const { turns, codes } = sent([
      user("a"),
      said(call("1")),
      user("wait"),
      said({ type: "text", text: "Yes?" }),
      answered("1"),
      answered("1"),
      user("b"),
    ]);
    expect(turns).toEqual([
      ["user", "text"],
      ["assistant", "tool_use 1"],
      ["user", "tool_result 1", "text"],
      ["assistant", "text"],
      ["user", "text"],
    ]);
    expect(codes).toEqual(["part_dropped"]);
  });

  it("has calls of one id told apart, each with its own result", () => {
    const { turns, body, codes } = sent([
      user("a"),
      said(call("call_0")),
      answered("call_0", "first"),
      said(call("call_0")),
      answered("call_0", "second"),
    ]);
    expect(turns.slice(1)).toEqual([
      ["assistant", "tool_use call_0"],
      ["user", "tool_result call_0"],
      ["assistant", "tool_use call_0_2"],
      ["user", "tool_result call_0_2"],
    ]);
    expect(JSON.stringify(body.messages[4])).toContain("second");
    expect(codes).toEqual([]);
  });

  it("has a system message between a call and its result put behind the result", () => {
    const messages = [user("a"), said(call("1")), { role: "system", content: "Be brief." } as const, answered("1")];
    const { turns, codes } = sent(messages, { id: "claude-opus-5", options: { systemMessages: true } });
    expect(turns.slice(2)).toEqual([
      ["user", "tool_result 1"],
      ["system", "text"],
    ]);
    expect(codes).toEqual([]);
  });

  it("has names that are taken, also those of another vendor's tools", () => {
    const { body, codes } = sent([user("a"), said(call("1", "default_api.weather")), answered("1")]);
    expect(body.messages[1]?.content).toMatchObject([{ name: "default_api_weather" }]);
    expect(codes).toEqual(["other"]);
  });

  it("goes on where the vendor paused", () => {
    const paused = [user("a"), said({ type: "text", text: "Let me look. " }, search("srvtoolu_1"))];
    expect(sent(paused)).toMatchObject({
      turns: [
        ["user", "text"],
        ["assistant", "text", "server_tool_use srvtoolu_1"],
      ],
      codes: [],
    });
    const through = [user("a"), said(search("srvtoolu_1"), call("1")), answered("1"), said(found("srvtoolu_1"))];
    expect(sent([...through, user("b")]).turns.slice(1)).toEqual([
      ["assistant", "server_tool_use srvtoolu_1", "tool_use 1"],
      ["user", "tool_result 1"],
      ["assistant", "web_search_tool_result srvtoolu_1"],
      ["user", "text"],
    ]);
  });

  it("has no half of what the vendor ran itself", () => {
    const halves = [user("a"), said(search("srvtoolu_1")), user("b"), said(found("srvtoolu_1")), user("c")];
    const { turns, codes } = sent(halves);
    expect(turns).toEqual([["user", "text", "text", "text"]]);
    expect(codes).toEqual(["part_dropped"]);
  });

  it("has something in an empty error, and nothing in an empty result", () => {
    const failed = { type: "tool-result", id: "1", name: "weather", output: "", isError: true } as const;
    const { body } = sent([
      user("a"),
      said(call("1"), call("2")),
      { role: "tool", content: [failed, { ...failed, id: "2", output: " \n", isError: false }] },
    ]);
    expect(body.messages[2]?.content).toEqual([
      { type: "tool_result", tool_use_id: "1", content: "Error", is_error: true },
      { type: "tool_result", tool_use_id: "2" },
    ]);
  });
});
