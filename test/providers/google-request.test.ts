import { GatewayError, type GenerateRequest, type Part, type ProviderModel } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { assistant, call, MODEL, OLD, ours, png, result, sent, theirs, user, weather } from "./google-support.ts";

const text = (said: string) => ({ text: said });
const says = (role: "user" | "model", ...parts: readonly object[]) => ({ role, parts });
const withOptions = (options: ProviderModel["options"], model: ProviderModel = MODEL): ProviderModel => ({
  ...model,
  options,
});
const refused = async (request: Partial<GenerateRequest>, model?: ProviderModel): Promise<string> => {
  const error = await sent(request, model).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!GatewayError.is(error, "unsupported")) throw error ?? new Error("it was sent");
  return error.message;
};

const asksWeather = [user("Rome and Oslo?"), assistant(call("a", "Rome"), call("b", "Oslo"))];

describe("a prompt for Gemini", () => {
  it("has roles user and model, and system messages as an instruction", async () => {
    const { body, warned } = await sent({
      messages: [
        { role: "system", content: "Be brief." },
        user("Hi"),
        assistant({ type: "text", text: "Hello" }),
        user("Bye"),
      ],
    });
    expect(body["systemInstruction"]).toEqual({ parts: [text("Be brief.")] });
    expect(body["contents"]).toEqual([
      says("user", text("Hi")),
      says("model", text("Hello")),
      says("user", text("Bye")),
    ]);
    expect(warned).toEqual([]);
  });

  it("moves a late system message to the top, with a warning", async () => {
    const { body, warned } = await sent({
      messages: [user("Hi"), { role: "system", content: "Be kind." }, user("Bye")],
    });
    expect(body["systemInstruction"]).toEqual({ parts: [text("Be kind.")] });
    expect(body["contents"]).toEqual([says("user", text("Hi"), text("Bye"))]);
    expect(warned).toEqual(["messages[1].content"]);
  });

  it("merges neighbours of one role and leaves empty text out", async () => {
    const { body } = await sent({
      messages: [
        user(""),
        user("a"),
        user("b"),
        assistant({ type: "text", text: "" }),
        assistant({ type: "text", text: "c" }),
        user("d"),
      ],
    });
    expect(body["contents"]).toEqual([
      says("user", text("a"), text("b")),
      says("model", text("c")),
      says("user", text("d")),
    ]);
  });

  it("answers a turn's calls right after it, in their order, in a turn of their own", async () => {
    const { body } = await sent(
      {
        messages: [
          ...asksWeather,
          user("Quick!"),
          { role: "tool", content: [result("b", "rain")] },
          { role: "tool", content: [result("a")] },
        ],
        tools: [weather],
      },
      OLD,
    );
    expect(body["contents"]).toEqual([
      says("user", text("Rome and Oslo?")),
      says(
        "model",
        { functionCall: { id: "a", name: "weather", args: { city: "Rome" } } },
        { functionCall: { id: "b", name: "weather", args: { city: "Oslo" } } },
      ),
      says(
        "user",
        { functionResponse: { id: "a", name: "weather", response: { output: "sunny" } } },
        { functionResponse: { id: "b", name: "weather", response: { output: "rain" } } },
      ),
      says("user", text("Quick!")),
    ]);
  });

  it("has objects for results: what came out, or what went wrong", async () => {
    const one = (output: object) => ({ ...result("a"), ...output });
    const responses = async (...content: readonly ReturnType<typeof result>[]) => {
      const { body } = await sent({ messages: [...asksWeather, { role: "tool", content }] }, OLD);
      return JSON.stringify(body["contents"]);
    };
    expect(await responses(one({ output: { type: "json", value: [1, 2] } }), result("b"))).toContain(
      '"response":{"output":[1,2]}',
    );
    expect(await responses(one({ output: { type: "text", text: "dry" } }), result("b"))).toContain(
      '"response":{"output":"dry"}',
    );
    expect(await responses(one({ output: "no such city", isError: true }), result("b"))).toContain(
      '"response":{"error":"no such city"}',
    );
  });

  it("takes images inside a result from Gemini 3 on, and behind all results before", async () => {
    const output = { type: "parts", parts: [{ type: "text", text: "a map" }, png] } as const;
    const messages = [...asksWeather, { role: "tool", content: [{ ...result("a"), output }, result("b")] } as const];
    const image = { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } };
    const inside = await sent({ messages });
    expect((inside.body["contents"] as object[])[2]).toEqual(
      says(
        "user",
        { functionResponse: { id: "a", name: "weather", response: { output: "a map" }, parts: [image] } },
        { functionResponse: { id: "b", name: "weather", response: { output: "sunny" } } },
      ),
    );
    const behind = await sent({ messages }, OLD);
    expect((behind.body["contents"] as object[]).slice(2)).toEqual([
      says(
        "user",
        { functionResponse: { id: "a", name: "weather", response: { output: "a map" } } },
        { functionResponse: { id: "b", name: "weather", response: { output: "sunny" } } },
      ),
      says("user", text("From weather:"), image),
    ]);
  });

  it("takes a history whose results stand in the assistant's message", async () => {
    const { body } = await sent(
      { messages: [user("Rome?"), assistant(call("a", "Rome"), result("a")), user("So?")] },
      OLD,
    );
    expect((body["contents"] as { role: string }[]).map(({ role }) => role)).toEqual(["user", "model", "user", "user"]);
  });

  it("gives inputs that are no objects a name", async () => {
    const odd = { ...call("a", ""), input: "Rome" };
    const { body } = await sent(
      { messages: [user("?"), assistant(odd), { role: "tool", content: [result("a")] }] },
      OLD,
    );
    expect(JSON.stringify(body)).toContain('"args":{"value":"Rome"}');
  });

  it("is refused where it begins with a call, is blank, or begins the answer", async () => {
    expect(
      await refused({ messages: [assistant(call("a", "Rome")), { role: "tool", content: [result("a")] }] }),
    ).toMatch("messages[0]");
    expect(await refused({ messages: [user("")] })).toMatch("messages[0]");
    const messages = [user("Count."), assistant({ type: "text", text: "One, two" })];
    expect(await refused({ messages })).toMatch("options.prefill");
    const { body } = await sent({ messages }, withOptions({ prefill: true }));
    expect(body["contents"]).toHaveLength(2);
  });
});

describe("files for Gemini", () => {
  const one = async (file: object, model?: ProviderModel) => {
    const messages = [{ role: "user", content: [{ type: "file", ...file }] }] as unknown as GenerateRequest["messages"];
    const { body } = await sent({ messages }, model);
    return (body["contents"] as { parts: object[] }[])[0]?.parts[0];
  };

  it.each([
    "image/png",
    "audio/wav",
    "video/mp4",
    "application/pdf",
    "text/csv",
  ])("%s by its bytes", async (mediaType) => {
    const bytes = new Uint8Array([37, 80, 68, 70]);
    expect(await one({ mediaType, data: { bytes } })).toEqual({
      inlineData: { mimeType: mediaType, data: "JVBERg==" },
    });
  });

  it("by address, by a data URL, and by the id that the vendor gave it", async () => {
    expect(await one({ mediaType: "video/mp4", data: { url: "https://youtu.be/x" } })).toEqual({
      fileData: { fileUri: "https://youtu.be/x", mimeType: "video/mp4" },
    });
    expect(await one({ mediaType: "image/*", data: { url: "gs://bucket/a.png" } })).toEqual({
      fileData: { fileUri: "gs://bucket/a.png" },
    });
    expect(await one({ mediaType: "image/*", data: { url: "data:image/gif;base64,R0lG" } })).toEqual({
      inlineData: { mimeType: "image/gif", data: "R0lG" },
    });
    expect(await one({ mediaType: "application/pdf", data: { fileId: "files/abc", provider: "google" } })).toEqual({
      fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc", mimeType: "application/pdf" },
    });
  });

  it("reads JSON as text", async () => {
    expect(await one({ mediaType: "application/json", data: { base64: "e30=" } })).toEqual({
      inlineData: { mimeType: "text/plain", data: "e30=" },
    });
  });

  it("are refused where only another vendor has them, or the API cannot read them", async () => {
    const messages = (file: object) =>
      [{ role: "user", content: [{ type: "file", ...file }] }] as unknown as GenerateRequest["messages"];
    expect(
      await refused({ messages: messages({ mediaType: "image/png", data: { fileId: "f", provider: "openai" } }) }),
    ).toMatch("openai");
    expect(await refused({ messages: messages({ mediaType: "application/zip", data: { base64: "UEs=" } }) })).toMatch(
      "zip",
    );
  });
});

describe("state that Gemini signed", () => {
  const tools = { role: "tool", content: [result("a"), result("b")] } as const;
  const modelTurn = async (parts: readonly Part[], model?: ProviderModel) => {
    const { body, warnings } = await sent({ messages: [user("?"), assistant(...parts), user("So?")] }, model);
    return { turn: (body["contents"] as { parts: object[] }[])[1]?.parts, codes: warnings.map(({ code }) => code) };
  };

  it("goes back verbatim, on a call, on a text and on an empty one, on a thought, on an image", async () => {
    const { turn, codes } = await modelTurn([
      { type: "reasoning", text: "Hm.", state: ours({ thought: true, signature: "s0" }) },
      { type: "text", text: "It", state: ours({ signature: "s1" }) },
      { type: "text", text: "", state: ours({ signature: "s2" }) },
      { ...png, state: ours({ signature: "s3" }) },
    ]);
    expect(turn).toEqual([
      { text: "Hm.", thought: true, thoughtSignature: "s0" },
      { text: "It", thoughtSignature: "s1" },
      { text: "", thoughtSignature: "s2" },
      { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" }, thoughtSignature: "s3" },
    ]);
    expect(codes).toEqual([]);
  });

  it("stands on the first of parallel calls alone, and on each step's", async () => {
    const { body } = await sent({
      messages: [
        user("?"),
        assistant(call("a", "Rome", ours({ signature: "s1" })), call("b", "Oslo")),
        tools,
        assistant(call("c", "Bonn", ours({ signature: "s2" }))),
        { role: "tool", content: [result("c")] },
      ],
    });
    const signatures = (body["contents"] as { parts: { thoughtSignature?: string }[] }[]).map(({ parts }) =>
      parts.map((part) => part.thoughtSignature),
    );
    expect(signatures).toEqual([[undefined], ["s1", undefined], [undefined, undefined], ["s2"], [undefined]]);
  });

  it("is dropped where another vendor, account or model made it; the first call then has the documented stand-in", async () => {
    const { body, warnings } = await sent({
      messages: [
        user("?"),
        assistant(
          { type: "reasoning", text: "Hm.", state: theirs({ item: "rs_1" }) },
          { type: "text", text: "Let me look.", state: ours({ signature: "s1" }, "gemini-3-flash") },
          call("a", "Rome", ours({ signature: "s2" }, "gemini-3-flash")),
          call("b", "Oslo", { ...ours({ signature: "s3" }), account: "acme" }),
        ),
        tools,
      ],
    });
    expect((body["contents"] as { parts: object[] }[])[1]?.parts).toEqual([
      { text: "Let me look." },
      {
        functionCall: { id: "a", name: "weather", args: { city: "Rome" } },
        thoughtSignature: "skip_thought_signature_validator",
      },
      { functionCall: { id: "b", name: "weather", args: { city: "Oslo" } } },
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(["state_dropped"]);
  });

  it("is not stood in for where the model does not ask for it", async () => {
    for (const model of [OLD, withOptions({ signatures: false })]) {
      expect(JSON.stringify((await sent({ messages: [...asksWeather, tools] }, model)).body)).not.toContain(
        "skip_thought",
      );
    }
    const latest = { ...MODEL, id: "gemini-flash-latest" };
    expect(JSON.stringify((await sent({ messages: [...asksWeather, tools] }, latest)).body)).toContain("skip_thought");
  });

  it("has what the vendor ran itself, whole; another's is left out with a warning", async () => {
    const part = { executableCode: { language: "PYTHON", code: "1+1" }, thoughtSignature: "s9" };
    const ran = { type: "tool-call", id: "x", name: "codeExecution", input: {}, executor: "vendor" } as const;
    const own = await modelTurn([
      { ...ran, state: ours({ part, signature: "s9" }) },
      { type: "text", text: "2" },
    ]);
    expect(own.turn).toEqual([part, { text: "2" }]);
    const elsewhere = await modelTurn([
      { ...ran, state: ours({ part, signature: "s9" }, "gemini-3-flash") },
      { type: "text", text: "2" },
    ]);
    expect(elsewhere.turn).toEqual([{ executableCode: part.executableCode }, { text: "2" }]);
    const foreign = await modelTurn([
      { ...ran, state: theirs({ id: "x" }) },
      { type: "text", text: "2" },
    ]);
    expect(foreign).toEqual({ turn: [{ text: "2" }], codes: ["part_dropped"] });
  });
});

describe("tools for Gemini", () => {
  const ask = (request: Partial<GenerateRequest>) => sent({ tools: [weather], ...request });

  it("are declared with their JSON Schema", async () => {
    const { body } = await ask({});
    expect(body["tools"]).toEqual([
      {
        functionDeclarations: [
          { name: "weather", description: "of a city", parametersJsonSchema: weather.input.schema },
        ],
      },
    ]);
    expect(body["toolConfig"]).toBeUndefined();
  });

  it.each([
    ["auto", "auto", { mode: "AUTO" }],
    ["none", "none", { mode: "NONE" }],
    ["some tool", "required", { mode: "ANY" }],
    ["this one", { tool: "weather" }, { mode: "ANY", allowedFunctionNames: ["weather"] }],
  ] as const)("are chosen from: %s", async (_what, toolChoice, functionCallingConfig) => {
    expect((await ask({ toolChoice })).body["toolConfig"]).toEqual({ functionCallingConfig });
  });

  it("are held to their schemas where they are strict", async () => {
    expect((await ask({ tools: [{ ...weather, strict: true }] })).body["toolConfig"]).toEqual({
      functionCallingConfig: { mode: "VALIDATED" },
    });
  });

  it("of the vendor's own stand beside, by either spelling, with their settings", async () => {
    const own = (name: string, options = {}) => ({ type: "provider", provider: "google", name, options }) as const;
    const alone = await sent({ tools: [own("google_search"), own("urlContext")] });
    expect(alone.body["tools"]).toEqual([{ googleSearch: {} }, { urlContext: {} }]);
    const both = await sent({ tools: [weather, own("fileSearch", { fileSearchStoreNames: ["s"] })] });
    expect(both.body["tools"]).toEqual([
      { functionDeclarations: [expect.objectContaining({ name: "weather" })] },
      { fileSearch: { fileSearchStoreNames: ["s"] } },
    ]);
    expect(both.body["toolConfig"]).toEqual({ includeServerSideToolInvocations: true });
  });

  it("are refused where they are another vendor's, unknown, or cannot be named or forced", async () => {
    const own = (provider: string, name: string) => ({ type: "provider", provider, name }) as const;
    expect(await refused({ tools: [own("openai", "web_search")] })).toMatch("openai");
    expect(await refused({ tools: [own("google", "teleport")] })).toMatch("teleport");
    expect(await refused({ tools: [{ ...weather, name: "2nd" }] })).toMatch("begin with a letter");
    expect(await refused({ tools: [own("google", "googleSearch")], toolChoice: { tool: "googleSearch" } })).toMatch(
      "toolChoice",
    );
  });

  it("cannot be kept from running in parallel, which is said", async () => {
    expect((await ask({ parallelToolCalls: false })).warned).toEqual(["parallelToolCalls"]);
    await expect(ask({ parallelToolCalls: false, strict: true })).rejects.toSatisfy((error) =>
      GatewayError.is(error, "unsupported"),
    );
  });

  it("have ids that the API takes, the same for a call and its result", async () => {
    const id = "call with spaces";
    const { body } = await sent(
      { messages: [user("?"), assistant(call(id, "Rome")), { role: "tool", content: [result(id)] }] },
      OLD,
    );
    const ids = [...JSON.stringify(body).matchAll(/"id":"([^"]+)"/g)].map(([, told]) => told);
    expect(ids).toEqual(["h00000001", "h00000001"]);
  });
});

describe("a schema for Gemini", () => {
  const asked = async (schema: object) => {
    const { config, warnings } = await sent({ output: { name: "answer", schema: schema as never } });
    expect(config["responseMimeType"]).toBe("application/json");
    return { schema: config["responseJsonSchema"], told: warnings.map(({ code, message }) => `${code}: ${message}`) };
  };

  it("keeps what the API supports", async () => {
    const schema = {
      type: "object",
      properties: {
        kind: { type: "string", enum: ["a", "b"], description: "which" },
        tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 3 },
        size: { anyOf: [{ type: "number", minimum: 0, maximum: 9 }, { type: "null" }] },
        more: { type: "object", additionalProperties: { type: "number" } },
      },
      required: ["kind"],
      additionalProperties: false,
    };
    expect(await asked(schema)).toEqual({ schema, told: [] });
  });

  it("rewrites what it can say otherwise", async () => {
    const { schema, told } = await asked({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { kind: { const: "a" }, next: { $ref: "#/definitions/node", description: "the next one" } },
      definitions: { node: { type: "object", properties: {} } },
    });
    expect(schema).toEqual({
      type: "object",
      properties: { kind: { enum: ["a"] }, next: { $ref: "#/$defs/node" } },
      $defs: { node: { type: "object", properties: {} } },
    });
    expect(told).toEqual([]);
  });

  it("tells the model the rest, and says so", async () => {
    const { schema, told } = await asked({
      type: "object",
      properties: {
        zip: { type: "string", pattern: "^\\d{5}$", minLength: 5, description: "code" },
        on: { enum: [true] },
      },
    });
    expect(schema).toEqual({
      type: "object",
      properties: {
        zip: { type: "string", description: 'code\n\n{pattern: "^\\\\d{5}$", minLength: 5}' },
        on: { description: "{enum: [true]}" },
      },
    });
    expect(told).toEqual([
      "schema_changed: Gemini does not enforce pattern, minLength, enum: told to the model as a description.",
    ]);
  });
});

describe("reasoning asked of Gemini", () => {
  const thinking = async (reasoning: NonNullable<GenerateRequest["reasoning"]>, model?: ProviderModel) => {
    const { config, warned } = await sent({ reasoning }, model);
    return { config: config["thinkingConfig"], warned };
  };

  it.each([
    ["by level", { effort: "high" }, MODEL, { thinkingLevel: "HIGH" }, []],
    ["by the nearest level", { effort: "max" }, MODEL, { thinkingLevel: "HIGH" }, []],
    [
      "by a level that the registry names",
      { effort: "max" },
      withOptions({ effort: ["minimal", "xhigh"] }),
      { thinkingLevel: "XHIGH" },
      [],
    ],
    ["off, which a level cannot be", { effort: "none" }, MODEL, { thinkingLevel: "LOW" }, ["reasoning.effort"]],
    ["by a budget that levels do not take", { budgetTokens: 99 }, MODEL, undefined, ["reasoning.budgetTokens"]],
    ["shown", { effort: "low", summary: "auto" }, MODEL, { thinkingLevel: "LOW", includeThoughts: true }, []],
    ["not shown", { summary: "none" }, MODEL, { includeThoughts: false }, []],
    ["by budget", { budgetTokens: 512 }, OLD, { thinkingBudget: 512 }, []],
    ["by a budget for an effort", { effort: "medium" }, OLD, { thinkingBudget: 8_192 }, []],
    ["off", { effort: "none" }, OLD, { thinkingBudget: 0 }, []],
    ["no more than the most", { effort: "max" }, OLD, { thinkingBudget: 24_576 }, []],
    [
      "off, which this one cannot be",
      { effort: "none" },
      withOptions({ budget: [128, 32_768] }, OLD),
      { thinkingBudget: 128 },
      ["reasoning.effort"],
    ],
    ["not at all", { effort: "high" }, withOptions({ thinking: "none" }), undefined, ["reasoning"]],
    ["as the registry says", { effort: "low" }, withOptions({ thinking: "budget" }), { thinkingBudget: 2_048 }, []],
  ] as const)("%s", async (_what, reasoning, model, config, warned) => {
    expect(await thinking(reasoning, model)).toEqual({ config, warned });
  });
});

describe("settings for Gemini", () => {
  it("go under the vendor's names", async () => {
    const { config, warned } = await sent({
      temperature: 1.5,
      topP: 0.9,
      topK: 40,
      stop: ["END"],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      maxOutputTokens: 99,
    });
    expect(config).toEqual({
      temperature: 1.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ["END"],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      maxOutputTokens: 99,
    });
    expect(warned).toEqual([]);
  });

  it("are dropped with a warning where there is nothing to take them", async () => {
    const plain = { ...MODEL, capabilities: { ...MODEL.capabilities, temperature: false, stop: false } };
    const { config, warned } = await sent(
      { temperature: 1, topK: 3, stop: ["END"], user: "u1", promptCache: { key: "k" } },
      plain,
    );
    expect(config).toEqual({});
    expect(warned).toEqual(["user", "promptCache", "temperature", "topK", "stop"]);
  });

  it("hold stop sequences to five", async () => {
    const { config, warned } = await sent({ stop: ["1", "2", "3", "4", "5", "6"] });
    expect(config["stopSequences"]).toEqual(["1", "2", "3", "4", "5"]);
    expect(warned).toEqual(["stop"]);
  });

  it("say that marks for a prompt cache are not taken, once", async () => {
    const marked = { type: "text", text: "long", promptCache: {} } as const;
    const { warned } = await sent({ messages: [{ role: "user", content: [marked, marked] }] });
    expect(warned).toEqual(["messages[0].content[0].promptCache"]);
    const inside = { ...result("a"), output: { type: "parts", parts: [marked] } } as const;
    const messages = [user("?"), assistant(call("a", "Rome")), { role: "tool", content: [inside] } as const];
    expect((await sent({ messages })).warned).toEqual(["messages[2].content[0].output.parts[0].promptCache"]);
  });

  it("of the vendor's own are passed on, and further fields of the body win", async () => {
    const { body, config } = await sent({
      seed: 1,
      providerOptions: {
        safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
        cachedContent: "cachedContents/abc",
        serviceTier: "flex",
        responseModalities: ["TEXT", "IMAGE"],
        labels: { team: "web" },
        retrievalConfig: { languageCode: "nl" },
        body: { generationConfig: { seed: 2, logprobs: 3 } },
      },
    });
    expect(body).toMatchObject({
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      cachedContent: "cachedContents/abc",
      serviceTier: "flex",
      labels: { team: "web" },
      toolConfig: { retrievalConfig: { languageCode: "nl" } },
    });
    expect(config).toEqual({ seed: 2, logprobs: 3, responseModalities: ["TEXT", "IMAGE"] });
  });

  it("refuse what cached content has in it already", async () => {
    const providerOptions = { cachedContent: "cachedContents/abc" };
    expect(await refused({ tools: [weather], providerOptions })).toMatch("cached content");
  });
});
