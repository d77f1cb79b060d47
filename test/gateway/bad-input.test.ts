/** Bad input is refused at the door: one GatewayError, saying what, where, and what was expected; never what was found. */
import { createGateway, GatewayError, type GatewayOptions } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { fakeProvider } from "headgate/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => {
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

const SECRET = "sk-canary-canary-canary";
const registry = {
  models: { fast: { provider: "fake", cost: { input: 1, output: 1 }, limit: { context: 1_000, output: 100 } } },
  tasks: { chat: {} },
  difficulties: { easy: 10 },
};
const open = (more: Partial<GatewayOptions> = {}) => createGateway({ providers: [fakeProvider()], registry, ...more });

const thrown = (fn: () => unknown): unknown => {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error;
  }
};

const tool = (fields: object) => ({ name: "look", input: z.object({}), ...fields });
const user = (content: unknown) => ({ messages: [{ role: "user", content }] });

/** What is wrong, where it is told, and what is said there. */
const REQUESTS: readonly (readonly [what: string, request: unknown, path: string, says: RegExp])[] = [
  ["nothing at all", undefined, "prompt", /prompt/],
  ["no content", {}, "prompt", /a prompt \(not empty\), or messages/],
  ["an empty prompt", { prompt: "" }, "prompt", /not empty/],
  ["prompt and messages", { prompt: "x", messages: [{ role: "user", content: "x" }] }, "prompt", /not both/],
  ["no messages", { messages: [] }, "messages", /at least one/],
  ["messages that are no list", { messages: "x" }, "messages", /at least one message/],
  ["a message that is none", { messages: [7] }, "messages[0]", /a message \{ role, content \}/],
  ["an unknown role", { messages: [{ role: "bot", content: "x" }] }, "messages[0].role", /one of system, user/],
  ["a role of an object's own", { messages: [{ role: "constructor", content: "x" }] }, "messages[0].role", /one of/],
  ["content of the wrong kind", user(7), "messages[0].content", /a string or a list of parts/],
  ["no part at all", user([]), "messages[0].content", /at least one part/],
  ["an unknown part", user([{ type: "txt", text: "x" }]), "messages[0].content[0].type", /one of text, file/],
  ["a part of another role", user([{ type: "reasoning", text: "x" }]), "messages[0].content[0].type", /text, file/],
  ["text that is none", user([{ type: "text", text: 7 }]), "messages[0].content[0].text", /a string/],
  [
    "a file without its type",
    user([{ type: "file", data: { base64: "x" } }]),
    "messages[0].content[0].mediaType",
    /media type/,
  ],
  [
    "a file without data",
    user([{ type: "file", mediaType: "image/png" }]),
    "messages[0].content[0].data",
    /exactly one/,
  ],
  [
    "a file in two ways",
    user([{ type: "file", mediaType: "image/png", data: { base64: "x", url: "y" } }]),
    "messages[0].content[0].data",
    /exactly one/,
  ],
  [
    "bytes that are none",
    user([{ type: "file", mediaType: "image/png", data: { bytes: [1] } }]),
    "messages[0].content[0].data.bytes",
    /Uint8Array/,
  ],
  [
    "a result to no call",
    { messages: [{ role: "tool", content: [{ type: "tool-result", id: "a", name: "b", output: "c" }] }] },
    "messages[0].content[0].id",
    /earlier in the messages/,
  ],
  ["an unknown key", { prompt: "x", temprature: 1 }, "temprature", /did you mean "temperature"/],
  [
    "a key of the prototype",
    JSON.parse('{"prompt": "x", "__proto__": {"polluted": true}}'),
    "__proto__",
    /unknown key/,
  ],
  ["a model and a task", { prompt: "x", model: "fast", task: "chat" }, "task", /nothing beside `model`/],
  ["a misspelt need", { prompt: "x", needs: { tool_cal: true } }, "needs.tool_cal", /did you mean "tool_call"/],
  ["a need that is no figure", { prompt: "x", needs: { quality: "high" } }, "needs.quality", /a number/],
  ["a model that is no name", { prompt: "x", model: 7 }, "model", /a model of the registry/],
  ["a temperature beyond", { prompt: "x", temperature: 3 }, "temperature", /0 to 2/],
  ["a temperature of NaN", { prompt: "x", temperature: Number.NaN }, "temperature", /0 to 2/],
  ["a fraction of a token", { prompt: "x", maxOutputTokens: 0.5 }, "maxOutputTokens", /whole number from 1/],
  ["no tokens", { prompt: "x", maxOutputTokens: 0 }, "maxOutputTokens", /whole number from 1/],
  ["stop that is no list", { prompt: "x", stop: "x" }, "stop", /a list/],
  ["a negative cost", { prompt: "x", maxCostUsd: -1 }, "maxCostUsd", /from 0 up/],
  ["tools that are no list", { prompt: "x", tools: {} }, "tools", /a list of tools/],
  [
    "a tool's name beyond the rules",
    { prompt: "x", tools: [tool({ name: "look up" })] },
    "tools[0].name",
    /letters, digits/,
  ],
  ["a tool's name too long", { prompt: "x", tools: [tool({ name: "x".repeat(65) })] }, "tools[0].name", /1 to 64/],
  ["two tools of a name", { prompt: "x", tools: [tool({}), tool({})] }, "tools[1].name", /no other tool/],
  ["a tool without a schema", { prompt: "x", tools: [{ name: "look" }] }, "tools[0].input", /Standard Schema/],
  ["a choice of no tool", { prompt: "x", toolChoice: "required" }, "toolChoice", /naming one of the tools/],
  [
    "a choice of another tool",
    { prompt: "x", tools: [tool({})], toolChoice: { tool: "see" } },
    "toolChoice",
    /naming one/,
  ],
  ["an output that is no schema", { prompt: "x", output: { type: "object" } }, "output", /Standard Schema/],
  [
    "an output that JSON cannot say",
    { prompt: "x", output: z.object({ at: z.date() }) },
    "output",
    /JSON Schema can express/,
  ],
  ["an unknown effort", { prompt: "x", reasoning: { effort: "huge" } }, "reasoning.effort", /one of none/],
  ["a signal that is none", { prompt: "x", signal: {} }, "signal", /an AbortSignal/],
  ["tags that are no texts", { prompt: "x", tags: { a: 1 } }, "tags", /object of strings/],
  ["an unknown priority", { prompt: "x", priority: "urgent" }, "priority", /high, normal or low/],
  ...([0, -1, Number.NaN, 1.5, 2 ** 31, Number.POSITIVE_INFINITY, "5s"] as const).flatMap((value) =>
    (["totalMs", "firstTokenMs", "idleMs", "connectMs", "unreadMs"] as const).map(
      (clock) =>
        [
          `${clock} of ${value}`,
          { prompt: "x", timeouts: { [clock]: value } },
          `timeouts.${clock}`,
          /from 1 to 2147483647/,
        ] as const,
    ),
  ),
  ["an unknown clock", { prompt: "x", timeouts: { total: 5 } }, "timeouts.total", /did you mean "totalMs"/],
];

describe("a request that is not what it should be", () => {
  it.each(REQUESTS)("%s", async (_what, request, path, says) => {
    const gateway = open();
    const viaStream = thrown(() => gateway.stream(request as never));
    const viaComplete = await gateway.complete(request as never).catch((error: unknown) => error);
    for (const error of [viaStream, viaComplete]) {
      if (!GatewayError.is(error, "invalid_request")) throw error ?? new Error("was let in");
      const issue = error.details.issues.find((each) => each.path === path);
      expect(issue?.message, JSON.stringify(error.details.issues)).toMatch(says);
      expect(error.kind).toBe("caller");
    }
  });

  it("never says what it found", async () => {
    const wrong = { prompt: "x", temperature: SECRET, tools: SECRET, model: { key: SECRET }, stop: [7, SECRET] };
    const error = await open()
      .complete(wrong as never)
      .catch((error: unknown) => error);
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  it("names that the registry has not are told with those that it has", async () => {
    const gateway = open();
    const model = await gateway.complete({ model: "fats", prompt: "x" }).catch((error: unknown) => error);
    if (!GatewayError.is(model, "unknown_model")) throw model;
    expect(model.details.known).toEqual(["fast"]);
    await expect(gateway.complete({ task: "chatt", prompt: "x" })).rejects.toThrow(/no task "chatt"; it has chat/);
    await expect(gateway.complete({ difficulty: "harder", prompt: "x" })).rejects.toThrow(
      /no difficulty "harder"; it has easy/,
    );
  });

  it("what no model can do is no_route, with every reason", async () => {
    const gateway = open();
    const error = await gateway
      .complete({ needs: { quality: 1, tool_call: true }, prompt: "x" })
      .catch((error: unknown) => error);
    if (!GatewayError.is(error, "no_route")) throw error;
    expect(error.details.rejected).toEqual([{ model: "fast", reason: "lacks_capability", detail: "tool_call" }]);
    await expect(gateway.complete({ task: "chat", prompt: "x".repeat(9_000) })).rejects.toThrow(/context_too_small/);
    await expect(gateway.complete({ task: "chat", prompt: "x", maxOutputTokens: 101 })).rejects.toThrow(
      /output_too_small/,
    );
    await expect(gateway.complete({ task: "chat", prompt: "x", regions: ["eu"] })).rejects.toThrow(/region/);
    await expect(gateway.complete({ task: "chat", prompt: "x", maxCostUsd: 0 })).rejects.toThrow(/too_expensive/);
  });

  it("a stream's commit point is one of two", () => {
    expect(() => open().stream({ prompt: "x", commit: "never" } as never)).toThrow(/first-content or finish/);
  });

  it("a second reader is refused", async () => {
    const stream = open().stream({ task: "chat", prompt: "x" });
    for await (const _ of stream);
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow(/has a reader already/);
  });
});

describe("options that are not what they should be", () => {
  it.each([
    ["nothing", undefined, /options: expected an object/],
    ["no providers", { providers: [], registry }, /providers: expected at least one provider/],
    ["a provider that is none", { providers: [{}], registry }, /providers\[0\]: expected a provider of contract 1/],
    [
      "two providers of a name",
      { providers: [fakeProvider(), fakeProvider()], registry },
      /providers\[1\]\.name: expected a name that no other/,
    ],
    ["no registry", { providers: [fakeProvider()] }, /registry: expected a path/],
    ["an unknown option", { providers: [fakeProvider()], registry, timeout: 5 }, /did you mean "timeouts"/],
    [
      "too many attempts",
      { providers: [fakeProvider()], registry, maxAttempts: 99 },
      /maxAttempts: expected a whole number from 1 to 10/,
    ],
    ["a timeout of 0", { providers: [fakeProvider()], registry, timeouts: { totalMs: 0 } }, /timeouts\.totalMs/],
  ])("%s", (_what, options, says) => {
    const error = thrown(() => createGateway(options as never));
    expect(GatewayError.is(error, "invalid_request")).toBe(true);
    expect(String(error)).toMatch(says);
  });
});

describe("what is not there when it is first needed", () => {
  it.each([
    ["openai", openai(), "OPENAI_API_KEY"],
    ["anthropic", anthropic(), "ANTHROPIC_API_KEY"],
  ])("%s: a missing key is told by ready() and by the call, with the variable to set", async (name, provider, variable) => {
    vi.stubEnv(variable, "");
    const gateway = createGateway({ providers: [provider], registry: { models: { m: { provider: name } } } });
    for (const promise of [gateway.ready(), gateway.complete({ model: "m", prompt: "x" })]) {
      const error = await promise.catch((error: unknown) => error);
      if (!GatewayError.is(error, "credential_rejected")) throw error;
      expect(error.message).toContain(variable);
      expect(error.attempts[0]?.costNanoUsd ?? 0).toBe(0);
    }
    vi.unstubAllEnvs();
  });

  it("a call after close is refused, in both modes; close() can be called twice", async () => {
    const gateway = open();
    const lazy = gateway.stream({ task: "chat", prompt: "x" });
    await gateway.close();
    await gateway.close();
    expect(
      GatewayError.is(
        thrown(() => gateway.stream({ prompt: "x" })),
        "closed",
      ),
    ).toBe(true);
    for (const promise of [
      gateway.complete({ prompt: "x" }),
      lazy.completion(),
      gateway.ready(),
      gateway.explain({ prompt: "x" }),
    ]) {
      expect(GatewayError.is(await promise.catch((error: unknown) => error), "closed")).toBe(true);
    }
  });

  it("a bad first registry rejects ready() and every call, each with an error of its own", async () => {
    const gateway = createGateway({ providers: [fakeProvider()], registry: { models: { m: { provider: "fkae" } } } });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const errors = await Promise.all(
      [gateway.ready(), gateway.complete({ prompt: "x" }), gateway.stream({ prompt: "x" }).completion()].map(
        (promise) =>
          promise.then(
            () => undefined,
            (error: unknown) => error,
          ),
      ),
    );
    for (const error of errors) {
      if (!GatewayError.is(error, "registry_invalid")) throw error;
      expect(error.message).toMatch(
        /models\.m\.provider: no provider "fkae" was passed to createGateway; did you mean "fake"\?/,
      );
    }
    expect(new Set(errors).size).toBe(3);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  it("a registry file that is not there is told by its name", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const gateway = createGateway({ providers: [fakeProvider()], registry: "/nowhere/headgate.yaml" });
    await expect(gateway.ready()).rejects.toThrow(
      /\/nowhere\/headgate\.yaml is not a valid registry\. there is no such file/,
    );
    await gateway.close();
    warned.mockRestore();
  });
});
