/** A long conversation with one model of each kind, over real HTTP: thinking, tools, searches, a pause. Nothing is refused. */
import { anthropic } from "headgate/anthropic";
import type { GenerateRequest, Message, Part, ProviderModel } from "headgate/kit";
import { type Reply, startVendor } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { type Answer, callOf, read } from "./anthropic-support.ts";

const look = { name: "look", input: { at: "Ghent" } };
const search = { query: "why", found: [{ url: "https://example.com", title: "A page", quote: "so it is" }] };

/** What the model says, turn by turn; where it paused or calls, the conversation goes on without a word of the user's. */
const SCRIPT: readonly Reply[] = [
  { reasoning: "I need both.", text: "Let me look.", toolCalls: [look, { ...look, input: { at: "Ostend" } }] },
  { reasoning: "One more.", hiddenReasoning: "dark", toolCalls: [look] },
  { text: "It rains." },
  { reasoning: "I must search.", search, finish: "pause" },
  { search, text: "So it is." },
  { hiddenReasoning: "dark", text: "Good-bye." },
];

const tools = [
  {
    type: "function",
    name: "look",
    input: { name: "look", schema: { type: "object", properties: { at: { type: "string" } } } },
  },
  { type: "provider", provider: "anthropic", name: "web_search" },
] as const;

const MODELS: readonly (readonly [ProviderModel["id"], ProviderModel["options"]])[] = [
  ["claude-sonnet-4-5", { thinking: "enabled" }],
  ["claude-opus-4-8", { thinking: "adaptive", systemMessages: true }],
  ["claude-opus-5", { thinking: "adaptive" }],
  ["claude-fable-5", { thinking: "always", systemMessages: true }],
];

const results = (parts: readonly Part[]): readonly Message[] => {
  const content = parts.flatMap((part) =>
    part.type === "tool-call" && part.executor === "caller"
      ? [{ type: "tool-result", id: part.id, name: part.name, output: "" } as const]
      : [],
  );
  return content.length === 0 ? [] : [{ role: "tool", content }];
};

/** The state of a part says who made it, and each answer has its own. */
const bare = ({ parts }: Answer) => parts.map((part) => ({ ...part, id: undefined, state: undefined }));

describe.each(MODELS)("a conversation with %s", (id, options) => {
  it.each([
    "auto",
    "none",
  ] as const)("of six turns, its thoughts shown: %s; whole and streamed alike", async (summary) => {
    await using vendor = await startVendor({ api: "anthropic" });
    const provider = anthropic({ apiKey: "any", baseURL: vendor.url });
    const messages: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is the weather?" },
    ];
    for (const [turn, reply] of SCRIPT.entries()) {
      const request: Partial<GenerateRequest> = {
        messages,
        tools,
        reasoning: { effort: "high", summary },
        promptCache: { ttlMs: turn % 2 === 0 ? 1 : 3_600_000 },
      };
      vendor.script([{ reply }, { reply }]);
      const [whole, streamed] = [
        await read(provider.generate(callOf(request, { model: { id, options } }))),
        await read(provider.generate(callOf(request, { mode: "stream", model: { id, options } }))),
      ];
      expect([whole.error, streamed.error], `turn ${turn}`).toEqual([undefined, undefined]);
      expect(bare(streamed)).toEqual(bare(whole));
      const { parts, finish } = turn % 2 === 0 ? whole : streamed;
      messages.push({ role: "assistant", content: parts }, ...results(parts));
      if (turn === 2) messages.push({ role: "system", content: "Be kind." });
      if (finish?.rawFinishReason === "end_turn") messages.push({ role: "user", content: "And then?" });
    }
    expect(vendor.hits.map(({ status }) => status)).toEqual(Array(2 * SCRIPT.length).fill(200));
    const { messages: last } = vendor.hits.at(-1)?.body as { messages: { content: { type: string }[] }[] };
    const sent = last.flatMap(({ content }) => content.map(({ type }) => type));
    expect(sent.filter((type) => type === "thinking" || type === "redacted_thinking")).toHaveLength(4);
    expect(sent.filter((type) => type.startsWith("web_search") || type === "server_tool_use")).toHaveLength(2);
    await provider.close?.();
  });
});
