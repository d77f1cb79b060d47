/**
 * A conversation begun at one vendor goes on at any other: with tools, reasoning, files, failed tools and structured output;
 * moved at every point of it, also between a tool's call and its result. The simulators answer 400 where the real vendors
 * would.
 */
import fc from "fast-check";
import { createGateway, type Gateway, jsonSchema, type Message, type Model, type ToolResultPart } from "headgate";
import { type Api, type Ask, type Reply, startVendor, type Vendor } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLong } from "../long.ts";
import { APIS, providerOf } from "./support.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const at = { type: "object", properties: { at: { type: "string" } }, required: ["at"], additionalProperties: false };
const tools = [
  { name: "look", description: "Looks at a place.", input: jsonSchema(at) },
  { name: "time", description: "Tells the time.", input: jsonSchema({ type: "object", properties: {} }) },
];
const verdict = jsonSchema<{ at: string }>(at);

type Result = Pick<ToolResultPart, "output" | "isError">;

/** One question, what the model does, and what its tools answer. */
interface Turn {
  readonly user: Message & { readonly role: "user" };
  readonly reply: Reply;
  readonly results?: readonly Result[];
  readonly structured?: boolean;
}

const user = (content: (Message & { readonly role: "user" })["content"]): Turn["user"] => ({ role: "user", content });
const image = { type: "file", mediaType: "image/png", data: { base64: PIXEL } } as const;
const look = (place: string) => ({ name: "look", input: { at: place } });
const both = [look("gate"), look("wall")];

const TURNS: readonly Turn[] = [
  {
    user: user("What of the gate and the wall?"),
    reply: { reasoning: "Two places: two looks.", text: "Let me look.", toolCalls: both },
    results: [{ output: "open" }, { output: { type: "json", value: { height: 3, of: ["oak", "stone"] } } }],
  },
  {
    user: user([{ type: "text", text: "And what is this?" }, image]),
    reply: { reasoning: "A picture.", text: "A grey square." },
  },
  {
    user: user("What time is it?"),
    reply: { reasoning: "No argument.", toolCalls: [{ name: "time", input: {} }] },
    results: [{ output: "the clock has stopped", isError: true }],
  },
  {
    user: user("Show me the gate."),
    reply: { text: "Here.", toolCalls: [look("gate")] },
    results: [{ output: { type: "parts", parts: [{ type: "text", text: "as seen" }, image] } }],
  },
  { user: user("Tell me a secret."), reply: { refusal: "I cannot share that." } },
  {
    user: user("Where are we?"),
    reply: { reasoning: "In sum.", text: JSON.stringify({ at: "the gate" }) },
    structured: true,
  },
];

interface Kind {
  readonly api: Api;
  /** The vendor's id: the simulators hold each model to its own rules. */
  readonly model: string;
  readonly options?: Model["options"];
}

/** A model of each API; each is moved to each other one. */
const MAIN: Readonly<Record<Api, Kind>> = {
  "openai-responses": { api: "openai-responses", model: "gpt-6" },
  "openai-chat": { api: "openai-chat", model: "gpt-5" },
  "openai-compatible": { api: "openai-compatible", model: "deepseek-reasoner" },
  anthropic: { api: "anthropic", model: "claude-opus-5" },
  google: { api: "google", model: "gemini-3-pro" },
  bedrock: { api: "bedrock", model: "us.anthropic.claude-opus-5-v1:0" },
};

/** The same, and kinds of models that want other histories. */
const KINDS: Readonly<Record<string, Kind>> = {
  ...MAIN,
  "anthropic, by budget": { api: "anthropic", model: "claude-sonnet-4-5", options: { thinking: "enabled" } },
  "anthropic, always": { api: "anthropic", model: "claude-fable-5", options: { thinking: "always" } },
  "google, by budget": { api: "google", model: "gemini-2.5-flash" },
  "bedrock, by budget": { api: "bedrock", model: "anthropic.claude-sonnet-4-5-v1:0", options: { thinking: "enabled" } },
  "bedrock, nova": { api: "bedrock", model: "amazon.nova-pro-v1:0" },
};
const NAMES = Object.keys(KINDS);
/** A long run moves it between all kinds; a short one between the APIs. */
const PLACES = isLong ? NAMES : APIS;

/** Answers by what was asked last. */
const replyTo = ({ prompt }: Ask): Reply => {
  const turn = TURNS.findLast(({ user: { content } }) =>
    prompt.includes(typeof content === "string" ? content : "what is this"),
  );
  return turn?.reply ?? { text: "Well." };
};

let vendors: Readonly<Record<Api, Vendor>>;
let gateway: Gateway;
beforeAll(async () => {
  const started = await Promise.all(APIS.map(async (api) => [api, await startVendor({ api, seed: 3 })] as const));
  vendors = Object.fromEntries(started) as Record<Api, Vendor>;
  for (const vendor of Object.values(vendors)) vendor.script((ask) => (ask === undefined ? {} : stepFor(ask)));
  const able = { tool_call: true, structured_output: true, reasoning: true, input: ["text", "image"] } as const;
  gateway = createGateway({
    providers: APIS.map((api) => providerOf(api, { name: api, vendor: vendors[api] })),
    registry: {
      models: Object.fromEntries(
        Object.entries(KINDS).map(([name, { api, model, options = {} }]) => [
          name,
          { provider: api, model, options, capabilities: able, limit: { output: 30_000 } },
        ]),
      ),
    },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  await gateway.close();
  for (const vendor of Object.values(vendors)) await vendor.close();
});

let afterTools = false;
/** After a tool's result the model speaks. */
const stepFor = (ask: Ask) => (afterTools ? { reply: { text: "So it is." } } : { reply: replyTo(ask) });

/** The whole conversation; `who` says which kind of model is asked by the number of the request. */
const converse = async (who: (request: number) => string, mode: "complete" | "stream"): Promise<readonly string[]> => {
  const messages: Message[] = [{ role: "system", content: "You keep the gate." }];
  const finished: string[] = [];
  let request = 0;
  const ask = async (structured: boolean) => {
    const model = who(request);
    request += 1;
    const asked = {
      model,
      messages,
      tools,
      reasoning: { effort: "low", summary: "auto" },
      maxOutputTokens: 20_000,
      ...(structured && { output: verdict }),
    } as const;
    try {
      const completion = await (mode === "complete" ? gateway.complete(asked) : gateway.stream(asked).completion());
      finished.push(completion.finishReason);
      messages.push(completion.message);
      return completion;
    } catch (error) {
      throw new Error(`request ${request} at ${model}: ${String(error)}`, { cause: error });
    }
  };
  for (const { user, results = [], structured = false } of TURNS) {
    messages.push(user);
    afterTools = false;
    const { toolCalls } = await ask(structured);
    if (results.length === 0) continue;
    expect(toolCalls).toHaveLength(results.length);
    const content = toolCalls.map(
      ({ id, name }, index): ToolResultPart => ({ type: "tool-result", id, name, output: "", ...results[index] }),
    );
    messages.push({ role: "tool", content });
    afterTools = true;
    await ask(false);
  }
  return finished;
};

/** Turns, and one more request for each that has tools. */
const REQUESTS = TURNS.length + TURNS.filter(({ results }) => results !== undefined).length;
const FINISHED = ["tool-calls", "stop", "stop", "tool-calls", "stop", "tool-calls", "stop", "refusal", "stop"];

const checkAllTaken = (): void => {
  for (const [api, { hits }] of Object.entries(vendors)) {
    const refused = hits.filter(({ status }) => status !== 200);
    expect(refused, api).toEqual([]);
  }
};

describe.each(["complete", "stream"] as const)("a conversation of six turns, by %s", (mode) => {
  it.each(NAMES)("stays at %s", async (name) => {
    expect(await converse(() => name, mode)).toHaveLength(REQUESTS);
    checkAllTaken();
  });

  describe.each(PLACES)("begun at %s", (from) => {
    it.each(
      PLACES.filter((place) => place !== from),
    )("is moved to %s after every request: nothing is refused", async (to) => {
      for (let moved = 1; moved < REQUESTS; moved += 1) {
        const finished = await converse((request) => (request < moved ? from : to), mode);
        expect(finished.map((reason) => (reason === "content-filter" ? "refusal" : reason))).toEqual(FINISHED);
      }
      await converse((request) => (request % 2 === 0 ? from : to), mode);
      checkAllTaken();
    }, 60_000);
  });
});

it("a conversation that wanders among all kinds of models", async () => {
  const walks = fc.array(fc.constantFrom(...NAMES), { minLength: REQUESTS, maxLength: REQUESTS });
  await fc.assert(
    fc.asyncProperty(walks, fc.constantFrom("complete", "stream"), async (walk, mode) => {
      await converse((request) => walk[request] ?? "", mode as "complete" | "stream");
    }),
    { numRuns: 200, seed: 11 },
  );
  checkAllTaken();
}, 60_000);
