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
  ])("%s", async (_how, text) => expect(await parseOutput(title, json, text)).toEqual({ value: { title: "a" } }));

  it.each([
    ["no JSON", "The title is a.", [{ path: "output", message: "expected JSON" }]],
    ["a fence that is left open", '```json\n{"title": "a"}', [{ path: "output", message: "expected JSON" }]],
    ["another type", '{"title": 7}', [{ path: "output.title" }]],
    ["a missing field", "{}", [{ path: "output.title" }]],
  ])("not %s", async (_how, text, issues) => expect(await parseOutput(title, json, text)).toMatchObject({ issues }));

  it("may be checked by something that waits", async () => {
    const slow = z.object({ title: z.string().refine(async (value) => value !== "b") });
    expect(await parseOutput(slow, json, '{"title": "a"}')).toEqual({ value: { title: "a" } });
    expect(await parseOutput(slow, json, '{"title": "b"}')).toMatchObject({ issues: [{ path: "output.title" }] });
  });
});

describe("jsonSchema()", () => {
  it("with a check of one's own, that decides and types", async () => {
    const schema = jsonSchema({ type: "object" }, (value) => {
      if (!(value instanceof Object) || !("n" in value)) throw new Error("no n");
      return { n: Number(value.n) };
    });
    expect(await parseOutput(schema, {}, '{"n": "7"}')).toEqual({ value: { n: 7 } });
    expect(await parseOutput(schema, {}, "{}")).toMatchObject({ issues: [{ path: "output" }] });
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
  ])("%s", (_what, schema, value, expected) => expect(withoutFilledNulls(value as never, schema)).toEqual(expected));
});
