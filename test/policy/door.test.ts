/** The door, fuzzed: whatever is wrong with a request is told as such, before anything is sent. */
import { inspect } from "node:util";
import fc from "fast-check";
import { createGateway, GatewayError, jsonSchema, type Request } from "headgate";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";

const capabilities = {
  tool_call: true,
  structured_output: true,
  reasoning: true,
  temperature: true,
  input: ["text", "image", "pdf", "audio"],
} as const;
const gateway = createGateway({
  providers: [fakeProvider()],
  registry: {
    models: {
      fast: { provider: "fake", quality: 50, cost: { input: 1, output: 1 }, capabilities, tags: { region: "eu" } },
    },
    tasks: { chat: {} },
    difficulties: { easy: 10 },
  },
});

/** Something of everything. A function, since each run spoils its own. */
const whole = (): Record<string, unknown> => ({
  needs: { tool_call: true, input: ["text"], context: 10, quality: 1, tags: { region: "eu" } },
  difficulty: "easy",
  tenant: "a",
  tags: { team: "web" },
  regions: ["eu"],
  maxCostUsd: 1,
  timeouts: { totalMs: 5_000 },
  promptCache: { key: "k", ttlMs: 5_000 },
  cache: { mode: "bypass", tags: ["a"] },
  reasoning: { effort: "low" },
  temperature: 1,
  stop: ["end"],
  tools: [
    { name: "look", input: jsonSchema({ type: "object" }) },
    { type: "provider", provider: "fake", name: "search", options: {} },
  ],
  toolChoice: { tool: "look" },
  providerOptions: { fake: {} },
  messages: [
    { role: "system", content: "be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "hello", promptCache: { ttlMs: 5 } },
        { type: "file", mediaType: "image/png", data: { base64: "eA==" } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", state: { provider: "fake", model: "m", account: "a", data: 1 } },
        { type: "source", url: "https://example.com", quote: "q" },
        { type: "tool-call", id: "1", name: "look", input: { at: [1] }, executor: "caller" },
        { type: "tool-call", id: "2", name: "look", input: {}, executor: "caller" },
        { type: "tool-call", id: "3", name: "look", input: {}, executor: "caller" },
      ],
    },
    {
      role: "tool",
      content: [
        { type: "tool-result", id: "1", name: "look", output: "seen" },
        { type: "tool-result", id: "2", name: "look", output: { type: "json", value: { a: 1 } } },
        {
          type: "tool-result",
          id: "3",
          name: "look",
          output: {
            type: "parts",
            parts: [
              { type: "text", text: "x" },
              { type: "file", mediaType: "image/png", data: { url: "u" } },
            ],
          },
        },
      ],
    },
  ],
});

type Spot = { readonly holder: Record<string, unknown>; readonly key: string };

/** Every place of a value, outermost first. What a schema library keeps inside is its own business. */
const spots = (value: unknown): Spot[] => {
  if (typeof value !== "object" || value === null || "~standard" in value) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...spots(holder[key])]);
};

const circle: Record<string, unknown> = {};
circle["round"] = circle;
const CANARY = "canary-canary";
const junk = [
  undefined,
  null,
  true,
  7,
  -1,
  0,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1e308,
  7n,
  "",
  CANARY,
  [],
  [null],
  [[]],
];
const JUNK = [
  ...junk,
  {},
  { type: CANARY },
  { other: CANARY },
  circle,
  () => CANARY,
  Symbol("x"),
  new Date(0),
  new Map(),
  /x/,
];

const outcome = (request: unknown): Promise<unknown> =>
  gateway.complete(request as Request).then(
    () => "ok",
    (error: unknown) => error,
  );

describe("the door", () => {
  it("lets in what is right", async () => {
    expect(await outcome(whole())).toBe("ok");
  });

  it("anything anywhere: let in, or refused as the caller's; never a fault of ours, never with a value", async () => {
    const count = spots(whole()).length;
    expect(count).toBeGreaterThan(80);
    const refused = new Set<string>();
    for (let spot = 0; spot < count; spot += 1) {
      for (const value of JUNK) {
        const request = whole();
        const { holder, key } = spots(request)[spot] as Spot;
        holder[key] = value;
        const error = await outcome(request);
        if (error === "ok") continue;
        const where = `${key} = ${typeof value === "bigint" ? "7n" : String(value as string)}: ${String(error)}`;
        if (!GatewayError.is(error)) throw new Error(where);
        expect(error.kind, where).toBe("caller");
        expect(error.attempts).toEqual([]);
        // Names that are looked up are told, with those that there are; labels are told in the reasons of `no_route`.
        if (error.code === "invalid_request" && key !== "difficulty") {
          expect(JSON.stringify(error) + inspect(error), where).not.toContain(CANARY);
        }
        refused.add(error.code);
      }
    }
    expect([...refused].sort()).toEqual(["invalid_request", "no_route"]);
  });

  it("keys that are not ours are refused, wherever a word would be misunderstood", async () => {
    for (const section of ["needs", "timeouts", "reasoning"]) {
      const request = whole();
      (request[section] as Record<string, unknown>)["toolCall"] = true;
      const error = await outcome(request);
      if (!GatewayError.is(error, "invalid_request")) throw error;
      expect(error.details.issues).toMatchObject([{ path: `${section}.toolCall` }]);
    }
  });

  it("any JSON at all: let in or refused, never a fault of ours", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (messages, content) => {
        for (const request of [messages, { messages }, { messages: [{ role: "user", content }] }]) {
          const error = await outcome(request);
          if (error !== "ok") expect(GatewayError.is(error) && error.kind).toBe("caller");
        }
      }),
      { numRuns: 300 },
    );
  });
});
