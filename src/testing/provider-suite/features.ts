import assert from "node:assert/strict";
import { FEATURES, type Feature, type FilePart, type GenerateRequest, type Message } from "../../kit/index.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { type Answer, onStage, QUESTION } from "./stage.ts";

const schema = {
  type: "object",
  properties: { at: { type: "string" } },
  required: ["at"],
  additionalProperties: false,
};
const look = { type: "function", name: "look", description: "Looks.", input: { name: "look", schema } } as const;
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const BYTES = "UklGRiQAAABXQVZFZm10IBAAAAABAAEA";

const file = (mediaType: string, base64: string): FilePart => ({ type: "file", mediaType, data: { base64 } });
const saying = (part: FilePart): Partial<GenerateRequest> => ({
  messages: [{ role: "user", content: [{ type: "text", text: QUESTION }, part] }],
});

const answered = (result: object): Partial<GenerateRequest> => ({
  tools: [look],
  messages: [
    { role: "user", content: QUESTION },
    {
      role: "assistant",
      content: [{ type: "tool-call", id: "call_1", name: "look", input: { at: "x" }, executor: "caller" }],
    },
    { role: "tool", content: [{ type: "tool-result", id: "call_1", name: "look", output: "shut", ...result }] },
  ] as readonly Message[],
});

/** What asks for a feature. Those that only answers show have no probe. */
const PROBES: Readonly<Partial<Record<Feature, Partial<GenerateRequest>>>> = {
  image: saying(file("image/png", PIXEL)),
  pdf: saying(file("application/pdf", "JVBERi0xLjQK")),
  audio: saying(file("audio/wav", BYTES)),
  video: saying(file("video/mp4", BYTES)),
  tools: { tools: [look] },
  tool_choice: { tools: [look], toolChoice: { tool: "look" } },
  parallel_switch: { tools: [look], parallelToolCalls: false },
  result_files: answered({
    output: { type: "parts", parts: [{ type: "text", text: "see" }, file("image/png", PIXEL)] },
  }),
  result_errors: answered({ isError: true }),
  strict_tools: { tools: [{ ...look, strict: true }] },
  output_schema: { output: { name: "answer", schema } },
  reasoning_effort: { reasoning: { effort: "low" } },
  reasoning_budget: { reasoning: { budgetTokens: 2_048 } },
  prefill: {
    messages: [
      { role: "user", content: QUESTION },
      { role: "assistant", content: "It says" },
    ],
  },
  temperature: { temperature: 0.5 },
  top_p: { topP: 0.5 },
  top_k: { topK: 40 },
  stop: { stop: ["END"] },
  seed: { seed: 7 },
  penalties: { presencePenalty: 0.1, frequencyPenalty: 0.1 },
};

/** Only a wish: an answer without it is no other answer. */
const WISHES: Readonly<Partial<Record<Feature, Partial<GenerateRequest>>>> = {
  user: { user: "user-1" },
  prompt_cache: { promptCache: { ttlMs: 300_000, key: "suite" } },
};

export const featureCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  const askFor = (feature: Feature) => ({
    ...(options.modelFor?.[feature] !== undefined && { model: options.modelFor[feature] }),
  });
  return [
    on("its features are data, each known", async ({ provider }) => {
      assert(provider.features !== undefined, "a provider tells its features");
      for (const feature of provider.features) assert(feature in FEATURES, `${feature} is a feature`);
    }),
    ...probes({ ...PROBES, ...WISHES }).map(([feature, request]) =>
      on(`${feature}: carried where it is told, and never lost unseen`, async ({ provider, ask, vendor }) => {
        const isTold = provider.features?.includes(feature) === true;
        if (!isTold && feature in WISHES) return;
        const answer = await ask({ request, ...askFor(feature) });
        if (isTold) {
          if (answer.error !== undefined) throw answer.error;
          // A hint may be carried in part: a lifetime where the vendor sells one, a key where it takes one.
          const warnings =
            feature === "prompt_cache" ? answer.warnings.filter(({ path }) => path === "promptCache") : answer.warnings;
          assert.deepEqual(warnings, [], `${feature} is carried`);
          return;
        }
        assert(isSeen(answer), `${feature} is not told, and was lost unseen`);
        vendor.script([]);
        const strict = await ask({ request: { ...request, strict: true }, ...askFor(feature) });
        if (isLoss(answer)) assert.equal(strict.error?.code, "unsupported", `${feature} under strict`);
      }),
    ),
    on("a tool that a vendor runs: its own is carried, another's refused", async ({ provider, ask }) => {
      const theirs = { type: "provider", provider: "elsewhere", name: "web_search" } as const;
      const refused = await ask({ request: { tools: [theirs] } });
      assert.equal(refused.error?.code, "unsupported");
      const own = options.providerTool;
      if (own === undefined) return assert(!provider.features?.includes("provider_tools"), "say a `providerTool`");
      const carried = await ask({ request: { tools: [own] } });
      if (carried.error !== undefined) throw carried.error;
      assert.deepEqual(carried.warnings, []);
    }),
  ];
};

const probes = (all: typeof PROBES): readonly (readonly [Feature, Partial<GenerateRequest>])[] =>
  Object.entries(all) as unknown as readonly (readonly [Feature, Partial<GenerateRequest>])[];

const isSeen = ({ error, warnings }: Answer): boolean => error?.code === "unsupported" || warnings.length > 0;
/** Something was taken away, not only done in another way. */
const isLoss = ({ warnings }: Answer): boolean =>
  warnings.some(({ code }) => code === "parameter_dropped" || code === "part_dropped");
