import assert from "node:assert/strict";
import type { JsonSchema, Usage } from "../../kit/index.ts";
import type { Reply, Step } from "../script.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { type Answer, bare, expectWhole, MODES, onStage, type Stage } from "./stage.ts";

const TEXT = "The gate is of oak — 樫の木, “seven” feet wide. 🌊";
const weather = tool("weather", { city: { type: "string" } });
const now = tool("now", {});

function tool(name: string, properties: JsonSchema) {
  const schema = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
  return { type: "function", name, description: `Tells the ${name}.`, input: { name, schema } } as const;
}

const CITY = { city: 'Ghent, "Oost-Vlaanderen" \\ 🇧🇪' };
const CALLS = [
  { name: "weather", input: CITY },
  { name: "weather", input: { city: "Łódź" } },
];

/** Replies that every vendor can give. */
const REPLIES: Readonly<Record<string, { readonly reply: Reply; readonly request?: object }>> = {
  text: { reply: { text: TEXT } },
  "a tool call": { reply: { toolCalls: CALLS.slice(0, 1) }, request: { tools: [weather, now] } },
  "text and two tool calls": { reply: { text: TEXT, toolCalls: CALLS }, request: { tools: [weather, now] } },
  "a tool call without arguments": {
    reply: { toolCalls: [{ name: "now", input: {} }] },
    request: { tools: [weather, now] },
  },
  "an answer cut by its length": { reply: { text: "It was a dark", finish: "length" } },
};

export const answerCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  return [
    ...MODES.map((mode) =>
      on(`${mode}: text, usage and who answered`, async ({ vendor, ask }) => {
        vendor.script([{ reply: { text: TEXT } }]);
        const answer = await ask({ mode });
        const { finishReason, rawFinishReason, usage, response } = expectWhole(answer);
        assert.deepEqual(bare(answer.parts), bare([{ type: "text", text: TEXT }]));
        assert.equal(finishReason, "stop");
        assert.equal(typeof rawFinishReason, "string");
        assert.equal(typeof response.model, "string");
        assert.deepEqual(answer.warnings, []);
        checkUsage(usage);
        assert(
          answer.facts.some((fact) => fact.type === "response"),
          "what the headers say is reported",
        );
        assert.equal(vendor.hits.length, 1);
      }),
    ),
    ...Object.entries(REPLIES).map(([what, { reply, request = {} }]) =>
      on(`${what}: the same answer whole and streamed`, async (stage) => {
        const [whole, streamed] = await both(stage, { reply }, request);
        assert.deepEqual(bare(streamed.parts), bare(whole.parts));
        const [one, other] = [expectWhole(whole), expectWhole(streamed)];
        assert.deepEqual(
          [other.finishReason, other.rawFinishReason, other.usage, other.response.model],
          [one.finishReason, one.rawFinishReason, one.usage, one.response.model],
        );
        checkReply(reply, whole);
      }),
    ),
    on("reasoning comes before what it led to, apart from the text", async (stage) => {
      const request = { reasoning: { effort: "low" as const, summary: "auto" as const } };
      for (const answer of await both(stage, { reply: { reasoning: "I look at it.", text: TEXT } }, request)) {
        const { usage } = expectWhole(answer);
        assert.deepEqual(
          answer.parts.map(({ type }) => type),
          ["reasoning", "text"],
        );
        assert(usage.output.reasoning <= usage.output.total);
      }
    }),
    on("a refusal is a result, not an error", async (stage) => {
      for (const answer of await both(stage, { reply: { refusal: "I cannot help with that." } }, {})) {
        assert(["refusal", "content-filter"].includes(expectWhole(answer).finishReason));
      }
    }),
    on("structured output: the answer is JSON text", async (stage) => {
      const output = { name: "answer", schema: weather.input.schema };
      for (const answer of await both(stage, { reply: { text: JSON.stringify(CITY) } }, { output })) {
        expectWhole(answer);
        const said = answer.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
        assert.deepEqual(JSON.parse(said), CITY);
      }
    }),
    on("S5 the bytes may come in any chunks, with signs of life between", async (stage) => {
      const { vendor, ask } = stage;
      const step: Step = { reply: { text: TEXT, toolCalls: CALLS } };
      const request = { tools: [weather, now] };
      vendor.script([step]);
      const plain = expectWhole(await ask({ request }));
      for (const chunk of [1, 7, "random"] as const) {
        vendor.script([{ ...step, chunk, keepAlives: true }]);
        const answer = await ask({ request });
        assert.deepEqual(expectWhole(answer).usage, plain.usage);
        assert.deepEqual(answer.parts.filter(({ type }) => type === "tool-call").map(inputOf), CALLS.map(inputOf));
      }
    }),
    on("cached tokens are part of the input, and counted once", async (stage) => {
      const reply = { text: TEXT, usage: { input: 2_000, cached: 1_500, output: 20 } };
      for (const answer of await both(stage, { reply }, {})) {
        const { input, output } = expectWhole(answer).usage;
        assert.deepEqual([input.total, input.cacheRead, output.total], [2_000, 1_500, 20]);
        checkUsage(expectWhole(answer).usage);
      }
    }),
  ];
};

const both = async ({ vendor, ask }: Stage, step: Step, request: object): Promise<readonly [Answer, Answer]> => {
  vendor.script([step, step]);
  return [await ask({ mode: "complete", request }), await ask({ mode: "stream", request })];
};

const inputOf = (call: object): unknown => ("input" in call ? call.input : undefined);

const checkReply = ({ text, toolCalls = [], finish }: Reply, answer: Answer): void => {
  const { finishReason } = expectWhole(answer);
  const said = answer.parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const calls = answer.parts.flatMap((part) => (part.type === "tool-call" ? [part] : []));
  assert.deepEqual(said, text === undefined ? [] : [text]);
  assert.deepEqual(
    calls.map(({ name, input, executor }) => ({ name, input, executor })),
    toolCalls.map((call) => ({ ...call, executor: "caller" })),
  );
  assert.equal(new Set(calls.map(({ id }) => id)).size, toolCalls.length, "each call has an id of its own");
  assert.equal(finishReason, finish ?? (toolCalls.length > 0 ? "tool-calls" : "stop"));
};

/** Totals hold their parts, and nothing but whole numbers. */
const checkUsage = ({ input, output, meters, source }: Usage): void => {
  assert.equal(source, "reported");
  assert.equal(input.uncached + input.cacheRead + input.cacheWrite, input.total);
  assert(input.total > 0 && output.total > 0 && output.reasoning <= output.total);
  const figures = [...Object.values(input), ...Object.values(output), ...Object.values(meters)];
  for (const figure of figures) assert(Number.isSafeInteger(figure) && figure >= 0, `${figure} is a count`);
};
