/** Answers whose schema is no object at the root: vendors take only objects there. */
import fc from "fast-check";
import { createGateway, GatewayError, type JsonSchema, jsonSchema } from "headgate";
import { type GenerateCall, strictSchema } from "headgate/kit";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { estimateInputTokens } from "../../src/policy/estimate.ts";
import { normalize } from "../../src/policy/normalize.ts";
import { checkSchema } from "../../src/schema/check-schema.ts";
import { objectRoot, unwrapped } from "../../src/schema/object-root.ts";

const held = (value: unknown, more: object = {}) => ({
  ...more,
  type: "object",
  properties: { value },
  required: ["value"],
  additionalProperties: false,
});
const text = { type: "string" } as const;

describe("the root that is sent", () => {
  it.each<readonly [string, JsonSchema]>([
    ["an object", { type: "object", properties: { a: text } }],
    ["an object that refers to itself", { type: "object", properties: { next: { $ref: "#" } } }],
  ])("%s stays as it is", (_what, schema) => {
    expect(objectRoot(schema)).toEqual({ schema, wrapped: false });
    expect(objectRoot(schema).schema).toBe(schema);
  });

  it.each<readonly [string, JsonSchema, object]>([
    ["a list", { type: "array", items: text }, held({ type: "array", items: text })],
    ["an enum", { enum: ["a", "b"] }, held({ enum: ["a", "b"] })],
    ["a union", { anyOf: [text, { type: "null" }] }, held({ anyOf: [text, { type: "null" }] })],
    [
      "a union of objects, though it says that it is one",
      { type: "object", oneOf: [{ type: "object" }] },
      held({ type: "object", oneOf: [{ type: "object" }] }),
    ],
    ["an object or nothing", { type: ["object", "null"] }, held({ type: ["object", "null"] })],
    ["anything", {}, held({})],
    [
      "what refers to definitions, which stay at the root",
      { $schema: "x", type: "array", items: { $ref: "#/$defs/n" }, $defs: { n: text }, definitions: { m: text } },
      held(
        { type: "array", items: { $ref: "#/$defs/n" } },
        { $schema: "x", $defs: { n: text }, definitions: { m: text } },
      ),
    ],
    [
      "what refers to itself, which gets a name",
      { type: "array", items: { $ref: "#" } },
      held({ $ref: "#/$defs/answer" }, { $defs: { answer: { type: "array", items: { $ref: "#/$defs/answer" } } } }),
    ],
    [
      "what refers into itself, also from its definitions, with a name that is taken",
      {
        type: "array",
        items: { $ref: "#/$defs/answer" },
        prefixItems: [text],
        $defs: { answer: { anyOf: [{ $ref: "#" }, { $ref: "#/prefixItems/0" }, { $ref: "https://x.test/#" }] } },
      },
      held(
        { $ref: "#/$defs/answer_" },
        {
          $defs: {
            answer: {
              anyOf: [
                { $ref: "#/$defs/answer_" },
                { $ref: "#/$defs/answer_/prefixItems/0" },
                { $ref: "https://x.test/#" },
              ],
            },
            answer_: { type: "array", items: { $ref: "#/$defs/answer" }, prefixItems: [text] },
          },
        },
      ),
    ],
    [
      "what only looks like a reference stays: values, and names of the caller's own",
      { enum: [{ $ref: "#" }], default: { $ref: "#" }, items: { properties: { $ref: text, enum: { type: "array" } } } },
      held({
        enum: [{ $ref: "#" }],
        default: { $ref: "#" },
        items: { properties: { $ref: text, enum: { type: "array" } } },
      }),
    ],
  ])("%s is held by one", (_what, schema, expected) => {
    expect(objectRoot(schema)).toEqual({ schema: expected, wrapped: true });
  });

  it.each<readonly [string, JsonSchema, JsonSchema]>([
    [
      "an object",
      { $ref: "#/$defs/n", $defs: { n: { type: "object", properties: { next: { $ref: "#/$defs/n" } } } } },
      {
        type: "object",
        properties: { next: { $ref: "#/$defs/n" } },
        $defs: { n: { type: "object", properties: { next: { $ref: "#/$defs/n" } } } },
      },
    ],
    [
      "a reference to an object",
      { $ref: "#/$defs/a", title: "T", $defs: { a: { $ref: "#/$defs/b" }, b: { type: "object" } } },
      { type: "object", title: "T", $defs: { a: { $ref: "#/$defs/b" }, b: { type: "object" } } },
    ],
  ])("a reference to %s is that object", (_what, schema, expected) => {
    expect(objectRoot(schema)).toEqual({ schema: expected, wrapped: false });
  });

  it.each<readonly [string, JsonSchema]>([
    ["to a list", { $ref: "#/$defs/l", $defs: { l: { type: "array" } } }],
    ["with a rule beside it", { $ref: "#/$defs/o", required: ["a"], $defs: { o: { type: "object" } } }],
    ["to itself", { $ref: "#" }],
    ["to nowhere", { $ref: "#/$defs/none" }],
  ])("a reference %s is held by one", (_what, schema) => expect(objectRoot(schema).wrapped).toBe(true));

  it("`__proto__` is a name like any other", () => {
    const schema = JSON.parse('{"type": "array", "items": {"properties": {"__proto__": {"$ref": "#"}}}}') as JsonSchema;
    const rooted = objectRoot(schema).schema;
    expect(JSON.stringify(rooted)).toContain('"__proto__":{"$ref":"#/$defs/answer"}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

/** Schemas that may refer to themselves, to definitions, and into themselves. */
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema; leaf: JsonSchema }>((tie) => ({
  leaf: fc.constantFrom<JsonSchema>(
    text,
    { type: "number" },
    { type: "boolean" },
    { enum: ["a", 1] },
    { const: null },
    { $ref: "#" },
    { $ref: "#/$defs/d" },
    {},
  ),
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    tie("schema").map((items) => ({ type: "array", items })),
    fc.tuple(tie("schema"), tie("schema")).map(([a, b]) => ({ anyOf: [a, b] })),
    fc.tuple(tie("schema"), tie("schema")).map(([a, b]) => ({
      type: "object",
      properties: { a, b },
      required: ["a"],
      additionalProperties: false,
    })),
  ),
}));
const rooted = fc.tuple(anySchema, anySchema).map(([root, d]) => ({ ...root, $defs: { d } }) as JsonSchema);
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("a", 1, null, true, [], {}, { a: "a" }, { a: 1, b: null }, [["a"], []], { value: "a" }, [{ a: [] }]),
);

describe("what fits the one fits the other", () => {
  it("a value fits a schema exactly where, in its wrapping, it fits the root that is sent; and it comes out as it was", () => {
    let valid = 0;
    fc.assert(
      fc.property(rooted, anyJson, (schema, value) => {
        const root = objectRoot(schema);
        const sent = root.wrapped ? { value } : value;
        const fits = checkSchema(schema, value).length === 0;
        if (fits) valid += 1;
        expect(checkSchema(root.schema, sent).length === 0).toBe(fits);
        if (root.wrapped) expect(unwrapped(sent as never)).toBe(value);
      }),
      { numRuns: 3_000 },
    );
    expect(valid).toBeGreaterThan(300);
  });

  it("what has no wrapping, or more than it, is left as it is", () => {
    for (const value of [[1], "a", null, {}, { a: 1 }, { value: 1, note: "" }] as const)
      expect(unwrapped(value)).toBe(value);
    expect(unwrapped({ value: null })).toBeNull();
  });
});

const items = z.array(z.object({ n: z.number(), note: z.string().optional() }));
const kind = z.enum(["sea", "sky"]);
const shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("dot") }),
  z.object({ kind: z.literal("box"), size: z.number().optional() }),
]);
type Tree = string | Tree[];
const tree: z.ZodType<Tree> = z.union([z.string(), z.array(z.lazy(() => tree))]);

describe("strict modes can hold a model to it", () => {
  it.each([
    ["a list", items],
    ["an enum", kind],
    ["a union", shape],
    ["a tree", tree],
    ["text", z.string()],
  ])("%s", (_what, schema) => {
    const json = z.toJSONSchema(schema) as JsonSchema;
    expect(strictSchema(json).expressible).toBe(false);
    expect(strictSchema(objectRoot(json).schema).expressible).toBe(true);
  });
});

describe("through the public door", () => {
  const gatewayThatSays = (said: string, seen: GenerateCall[] = []) => {
    const fake = fakeProvider({ script: () => ({ type: "answer", text: said }) });
    return createGateway({
      providers: [
        {
          ...fake,
          generate: (call) => {
            seen.push(call);
            return fake.generate(call);
          },
        },
      ],
      registry: { models: { m: { provider: "fake", capabilities: { structured_output: true } } } },
    });
  };

  it.each<readonly [string, z.ZodType, string, unknown]>([
    ["a list, with what strict mode filled in", items, '{"value": [{"n": 1, "note": null}]}', [{ n: 1 }]],
    ["a word", kind, '{"value": "sea"}', "sea"],
    ["one of a union", shape, '{"value": {"kind": "box", "size": null}}', { kind: "box" }],
    ["a tree", tree, '{"value": ["a", ["b"]]}', ["a", ["b"]]],
    ["nothing", z.null(), '{"value": null}', null],
    ["a list that came without its wrapping", items, '[{"n": 1}]', [{ n: 1 }]],
    ["an object whose field has the wrapping's name", z.object({ value: z.number() }), '{"value": 1}', { value: 1 }],
    [
      "one of a union with such a field",
      z.union([z.object({ value: z.number() }), z.null()]),
      '{"value": {"value": 1}}',
      { value: 1 },
    ],
  ])("%s", async (_what, output, said, expected) => {
    await using gateway = gatewayThatSays(said);
    const whole = await gateway.complete({ model: "m", prompt: "x", output });
    expect(whole.output).toEqual(expected);
    // What the model said stays what it said.
    expect(whole.text).toBe(said);
    const streamed = await gateway.stream({ model: "m", prompt: "x", output }).completion();
    expect(streamed.output).toEqual(expected);
  });

  it("issues name the place in the caller's value", async () => {
    await using gateway = gatewayThatSays('{"value": [{"n": 1}, {"n": "x"}]}');
    const failure = await gateway.complete({ model: "m", prompt: "x", output: items }).catch((error: unknown) => error);
    if (!GatewayError.is(failure, "invalid_output")) throw failure;
    expect(failure.details.issues).toMatchObject([{ path: "output[1].n" }]);
  });

  it("a provider is given an object, the same one each time", async () => {
    const seen: GenerateCall[] = [];
    await using gateway = gatewayThatSays('{"value": ["a"]}', seen);
    const output = jsonSchema({ type: "array", items: text });
    for (let call = 0; call < 2; call += 1) await gateway.complete({ model: "m", prompt: "x", output });
    expect(seen[0]?.request.output).toEqual({
      name: "answer",
      wrapped: true,
      schema: held({ type: "array", items: text }),
    });
    expect(seen[1]?.request.output).toBe(seen[0]?.request.output);
  });

  it("the wrapping counts as input", () => {
    const plain = normalize({ model: "m", prompt: "x" } as never);
    const schema = { type: "array", items: text } as const;
    const wrapped = normalize({ model: "m", prompt: "x", output: jsonSchema(schema) } as never);
    const bytes = JSON.stringify(held(schema)).length;
    expect(estimateInputTokens(wrapped) - estimateInputTokens(plain)).toBeGreaterThanOrEqual(Math.floor(bytes / 3));
  });
});
