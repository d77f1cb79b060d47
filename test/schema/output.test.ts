import fc from "fast-check";
import { type JsonSchema, jsonSchema } from "headgate";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkSchema } from "../../src/schema/check-schema.ts";
import { parseOutput } from "../../src/schema/parse-output.ts";
import { withoutFilledNulls } from "../../src/schema/without-filled-nulls.ts";

const title = z.object({ title: z.string(), note: z.string().optional() });
const json = title["~standard"].jsonSchema.input({ target: "draft-2020-12" }) as JsonSchema;

describe("an answer is held to its schema", () => {
  it.each([
    ["as it is", '{"title": "a"}'],
    ["with white space", '\n {"title": "a"} \n'],
    ["in a fence", '```json\n{"title": "a"}\n```'],
    ["with what strict mode filled in", '{"title": "a", "note": null}'],
  ])("%s", async (_how, text) =>
    expect(await parseOutput(title, { schema: json }, text)).toEqual({ value: { title: "a" } }));

  it.each([
    ["no JSON", "The title is a.", [{ path: "output", message: "expected JSON" }]],
    ["a fence that is left open", '```json\n{"title": "a"}', [{ path: "output", message: "expected JSON" }]],
    ["another type", '{"title": 7}', [{ path: "output.title" }]],
    ["a missing field", "{}", [{ path: "output.title" }]],
    ["a list of other things", '{"title": ["a"]}', [{ path: "output.title" }]],
  ])("not %s", async (_how, text, issues) =>
    expect(await parseOutput(title, { schema: json }, text)).toMatchObject({ issues }));

  it("a place in a list is told as everywhere: output.items[1].n", async () => {
    const list = z.object({ items: z.array(z.object({ n: z.number() })) });
    const issues = [{ path: "output.items[1].n" }];
    expect(await parseOutput(list, { schema: {} }, '{"items": [{"n": 1}, {"n": "x"}]}')).toMatchObject({ issues });
  });

  it("may be checked by something that waits", async () => {
    const slow = z.object({ title: z.string().refine(async (value) => value !== "b") });
    expect(await parseOutput(slow, { schema: json }, '{"title": "a"}')).toEqual({ value: { title: "a" } });
    expect(await parseOutput(slow, { schema: json }, '{"title": "b"}')).toMatchObject({
      issues: [{ path: "output.title" }],
    });
  });
});

it("a schema that throws is told as such, and not what it says", async () => {
  const broken = z.string().transform((text) => {
    throw new RangeError(`no ${text}`);
  });
  const issues = [{ path: "output", message: "could not be checked: the schema threw a plain RangeError" }];
  expect(await parseOutput(broken, { schema: {} }, '"canary"')).toEqual({ issues });
});

describe("jsonSchema()", () => {
  it("with a check of one's own, that decides and types", async () => {
    const schema = jsonSchema({ type: "object" }, (value) => {
      if (!(value instanceof Object) || !("n" in value)) throw new Error("no n");
      return { n: Number(value.n) };
    });
    expect(await parseOutput(schema, { schema: {} }, '{"n": "7"}')).toEqual({ value: { n: 7 } });
    expect(await parseOutput(schema, { schema: {} }, "{}")).toMatchObject({ issues: [{ path: "output" }] });
  });

  it("that check may take its time; what it says of a value stays inside", async () => {
    const schema = jsonSchema({}, async (value) => {
      if (value !== 7) throw new Error(`not ${value}`);
      return { seven: value };
    });
    expect(await parseOutput(schema, { schema: {} }, "7")).toEqual({ value: { seven: 7 } });
    const refused = { issues: [{ path: "output", message: "is refused by its own check" }] };
    expect(await parseOutput(schema, { schema: {} }, '"canary"')).toEqual(refused);
  });

  it.each<readonly [string, JsonSchema, unknown, unknown]>([
    ["type", { type: "integer" }, 7, 7.5],
    ["types", { type: ["string", "null"] }, null, 7],
    ["enum", { enum: ["a", "b"] }, "a", "c"],
    ["const", { const: 1 }, 1, 2],
    ["required", { type: "object", required: ["a"] }, { a: 1 }, {}],
    ["properties", { properties: { a: { type: "string" } } }, { a: "x" }, { a: 1 }],
    ["additionalProperties", { properties: {}, additionalProperties: false }, {}, { a: 1 }],
    ["items", { items: { type: "number" } }, [1], ["1"]],
    ["prefixItems", { prefixItems: [{ type: "string" }], items: { type: "number" } }, ["a", 1], [1, 1]],
    ["anyOf", { anyOf: [{ type: "string" }, { type: "number" }] }, 1, true],
    ["oneOf", { oneOf: [{ type: "number" }, { minimum: 5 }] }, 3, 7],
    ["allOf", { allOf: [{ minimum: 1 }, { maximum: 3 }] }, 2, 5],
    ["lengths", { minLength: 2, maxLength: 3 }, "é日", "é"],
    ["bounds", { exclusiveMinimum: 1 }, 1.1, 1],
    ["counts", { minItems: 1, maxItems: 2 }, [1], []],
    ["$ref", { $defs: { n: { type: "number" } }, properties: { a: { $ref: "#/$defs/n" } } }, { a: 1 }, { a: "1" }],
    [
      "a reference to itself",
      { type: "object", properties: { next: { $ref: "#" } } },
      { next: { next: {} } },
      { next: { next: 7 } },
    ],
  ])("without one it reads %s", (_keyword, schema, good, bad) => {
    expect(checkSchema(schema, good)).toEqual([]);
    expect(checkSchema(schema, bad).length).toBeGreaterThan(0);
  });

  it("a schema that refers to itself without end is an issue, not a crash", () => {
    expect(checkSchema({ $ref: "#" }, 1).length).toBeGreaterThan(0);
  });

  it("what a pattern may allow is not refused, since patterns are not read", () => {
    const schema = {
      patternProperties: { "^x-": {} },
      additionalProperties: false,
      properties: { a: { type: "number" } },
    };
    expect(checkSchema(schema, { "x-1": 1, a: 1 })).toEqual([]);
    expect(checkSchema(schema, { a: "1" })).toHaveLength(1);
  });

  it("a long list of nested items is not too deep; one that never ends is an issue, not a crash", () => {
    const nested = (levels: number) => {
      let value: unknown = null;
      for (let level = 0; level < levels; level += 1) value = { next: value };
      return value;
    };
    const schema: JsonSchema = { properties: { next: { $ref: "#" } } };
    expect(checkSchema(schema, nested(200))).toEqual([]);
    expect(checkSchema(schema, nested(20_000)).length).toBeGreaterThan(0);
  });

  it("X6: a tree of alternatives costs as much as it has nodes, not as many combinations", () => {
    let looks = 0;
    const node = (name: string): JsonSchema => ({
      type: "object",
      properties: { kind: { const: name }, left: { $ref: "#/$defs/tree" }, right: { $ref: "#/$defs/tree" } },
    });
    const counted = (value: object): object =>
      new Proxy(value, {
        ownKeys: (target) => {
          looks += 1;
          return Reflect.ownKeys(target);
        },
      });
    const schema: JsonSchema = {
      $defs: { tree: { anyOf: [{ type: "number" }, node("add"), node("times")] } },
      $ref: "#/$defs/tree",
    };
    const tree = (leaf: unknown, levels: number): unknown =>
      levels === 0 ? leaf : counted({ kind: "times", left: tree(leaf, levels - 1) });
    expect(checkSchema(schema, tree(1, 60))).toEqual([]);
    expect(checkSchema(schema, tree("wrong", 60)).length).toBeGreaterThan(0);
    expect(looks).toBeLessThan(1_000);
  });

  it("issues never echo a value", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), (value) => {
        const [issue] = checkSchema({ type: "number" }, `secret${value}`);
        expect(issue?.message).toBe("expected number");
      }),
    );
  });
});

describe("nulls that strict mode filled in", () => {
  it.each<readonly [string, JsonSchema, unknown, unknown]>([
    ["of optional fields are taken out", { properties: { a: { type: "string" } } }, { a: null }, {}],
    ["of required fields stay", { properties: { a: { type: "string" } }, required: ["a"] }, { a: null }, { a: null }],
    ["that the schema allows stay", { properties: { a: { type: ["string", "null"] } } }, { a: null }, { a: null }],
    [
      "deep inside are taken out",
      { properties: { a: { items: { properties: { b: { type: "number" } } } } } },
      { a: [{ b: null }] },
      { a: [{}] },
    ],
    ["of unknown fields stay", { properties: {} }, { a: null }, { a: null }],
    ["of fields named like an object's own stay", { properties: {} }, { constructor: null }, { constructor: null }],
    [
      "behind a reference are taken out",
      { $defs: { n: { properties: { b: { type: "number" } } } }, properties: { a: { $ref: "#/$defs/n" } } },
      { a: { b: null } },
      { a: {} },
    ],
    [
      "that a reference allows stay",
      { $defs: { n: { type: ["number", "null"] } }, properties: { a: { $ref: "#/$defs/n" } } },
      { a: null },
      { a: null },
    ],
  ])("%s", (_what, schema, value, expected) => expect(withoutFilledNulls(value as never, schema)).toEqual(expected));

  const shapes = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("dot"), note: z.string().optional() }),
    z.object({
      kind: z.literal("box"),
      size: z.number().nullable(),
      note: z.object({ by: z.string().optional() }).optional(),
    }),
  ]);
  const tree = z.object({
    label: z.string().optional(),
    get next() {
      return tree.optional();
    },
  });
  it.each<readonly [string, z.ZodType, unknown, unknown]>([
    [
      "a nullable object",
      z.object({ a: z.object({ b: z.string().optional() }).nullable() }),
      { a: { b: null } },
      { a: {} },
    ],
    [
      "the first of a union",
      z.object({ shapes: z.array(shapes) }),
      { shapes: [{ kind: "dot", note: null }] },
      { shapes: [{ kind: "dot" }] },
    ],
    [
      "another of a union",
      z.object({ shape: shapes }),
      { shape: { kind: "box", size: null, note: { by: null } } },
      { shape: { kind: "box", size: null, note: {} } },
    ],
    [
      "a tree",
      tree,
      { label: null, next: { label: "a", next: { label: null, next: null } } },
      { next: { label: "a", next: {} } },
    ],
  ])("what zod makes of %s: filled in by strict mode, it is the answer that was asked for", async (_what, schema, filled, expected) => {
    const json = z.toJSONSchema(schema) as JsonSchema;
    expect(await parseOutput(schema as never, { schema: json }, JSON.stringify(filled))).toEqual({ value: expected });
  });

  it("deeper than anything meant, a value is left as it is", () => {
    let deep: unknown = { next: null };
    for (let level = 0; level < 5_000; level += 1) deep = { next: deep };
    const schema: JsonSchema = { type: "object", properties: { next: { $ref: "#" } } };
    expect(() => withoutFilledNulls(deep as never, schema)).not.toThrow();
    expect(withoutFilledNulls(1, { $ref: "#" })).toBe(1);
  });
});
