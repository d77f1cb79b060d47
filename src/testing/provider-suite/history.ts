import assert from "node:assert/strict";
import type { Credential, Message, Part, ToolResultPart } from "../../kit/index.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { type Answer, expectWhole, onStage, QUESTION, type Stage } from "./stage.ts";

const schema = {
  type: "object",
  properties: { at: { type: "string" } },
  required: ["at"],
  additionalProperties: false,
};
const look = { type: "function", name: "look", description: "Looks.", input: { name: "look", schema } } as const;
const question: Message = { role: "user", content: QUESTION };

const assistant = ({ parts }: Answer): Message => ({ role: "assistant", content: parts });

/** A result for every call of an answer. */
const results = (parts: readonly Part[]): Message => ({
  role: "tool",
  content: parts.flatMap((part): ToolResultPart[] =>
    part.type === "tool-call" && part.executor === "caller"
      ? [{ type: "tool-result", id: part.id, name: part.name, output: "It is open." }]
      : [],
  ),
});

/** Thinks, speaks and calls two tools. */
const firstTurn = async ({ vendor, ask }: Stage, credential?: Credential): Promise<Answer> => {
  const toolCalls = [
    { name: "look", input: { at: "the gate" } },
    { name: "look", input: { at: "the wall" } },
  ];
  vendor.script([{ reply: { reasoning: "I have to look.", text: "Let me look.", toolCalls } }]);
  const request = {
    tools: [look],
    reasoning: { effort: "low" as const, summary: "auto" as const },
    messages: [question],
  };
  const answer = await ask({ request, ...(credential !== undefined && { credential }) });
  expectWhole(answer);
  return answer;
};

const goOn = (answer: Answer) => ({
  tools: [look],
  reasoning: { effort: "low" as const, summary: "auto" as const },
  messages: [question, assistant(answer), results(answer.parts)],
});

/** A history as another vendor's adapter leaves it: odd ids, foreign state, results flattened into a turn, blank text. */
const FOREIGN: readonly Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Look at the gate." },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "Hm.", state: foreign({ signature: "c2ln" }) },
      { type: "text", text: "" },
      { type: "tool-call", id: "functions.look:0 é", name: "look", input: { at: "gate" }, executor: "caller" },
      { type: "tool-call", id: "x".repeat(90), name: "look", input: {}, executor: "caller", state: foreign({ k: 1 }) },
    ],
  },
  {
    role: "tool",
    content: [
      { type: "tool-result", id: "functions.look:0 é", name: "look", output: { type: "json", value: { open: true } } },
      { type: "tool-result", id: "x".repeat(90), name: "look", output: "no such wall", isError: true },
    ],
  },
  {
    role: "assistant",
    content: [
      { type: "text", text: "It is open." },
      { type: "source", url: "https://example.com" },
    ],
  },
  { role: "user", content: "Thanks." },
  { role: "user", content: "And the wall?" },
];

function foreign(data: { readonly [key: string]: string | number }) {
  return { provider: "elsewhere", model: "m", account: "a", data };
}

export const historyCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  return [
    on("an answer goes back into the history as it is, with its tools' results", async (stage) => {
      const first = await firstTurn(stage);
      stage.vendor.script([{ reply: { text: "Both are open." } }]);
      const second = await stage.ask({ request: goOn(first) });
      assert.equal(expectWhole(second).finishReason, "stop");
      assert.deepEqual(
        second.warnings.filter(({ code }) => code === "state_dropped" && holdsState(first)),
        [],
      );
    }),
    on("state goes back to its own account alone, and the conversation goes on elsewhere", async (stage) => {
      const first = await firstTurn(stage);
      const [own] = stage.provider.credentials;
      const other = { id: own?.id ?? "", account: "another account" };
      const second = await stage.ask({ request: goOn(first), credential: other });
      expectWhole(second);
      if (holdsState(first)) assert(second.warnings.some(({ code }) => code === "state_dropped"));
    }),
    on("a history of another vendor is taken", async (stage) => {
      for (const mode of ["complete", "stream"] as const) {
        const answer = await stage.ask({ mode, request: { messages: FOREIGN, tools: [look] } });
        expectWhole(answer);
      }
    }),
    on("affinity: the account that a conversation's state is bound to", async (stage) => {
      const { provider } = stage;
      assert.equal(provider.affinity?.({ messages: FOREIGN }), undefined);
      if (!provider.features?.includes("reasoning_state")) return;
      const first = await firstTurn(stage);
      assert(holdsState(first), "a provider with reasoning_state leaves state in its answer");
      assert.equal(provider.affinity?.(goOn(first)), provider.credentials[0]?.account);
    }),
  ];
};

const holdsState = ({ parts }: Answer): boolean => parts.some((part) => "state" in part && part.state !== undefined);
