import {
  GatewayError,
  type JsonSchema,
  nearestEffort,
  PartWriter,
  peer,
  reportedUsage,
  strictSchema,
} from "headgate/kit";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const END = { finishReason: "stop", usage: reportedUsage({ input: 1, output: 1 }), response: {} } as const;

describe("PartWriter", () => {
  it("gives parts their places, and the whole of what came in pieces", () => {
    const writer = new PartWriter("v");
    writer.open("t", { type: "text" });
    writer.delta("t", "Hel");
    writer.open(0, { type: "tool-call", id: "c", name: "look", executor: "caller" });
    writer.delta(0, '{"a":');
    writer.delta("t", "lo");
    writer.delta(0, "1}");
    writer.close("t");
    writer.close(0);
    writer.finish(END);
    const events = writer.take();
    expect(events.map((event) => event.type)).toEqual([
      "part-start",
      "part-delta",
      "part-start",
      "part-delta",
      "part-delta",
      "part-delta",
      "part-end",
      "part-end",
      "finish",
    ]);
    expect(events.flatMap((event) => (event.type === "part-end" ? [event] : []))).toEqual([
      { type: "part-end", index: 0, part: { type: "text", text: "Hello" } },
      {
        type: "part-end",
        index: 1,
        part: { type: "tool-call", id: "c", name: "look", executor: "caller", input: { a: 1 } },
      },
    ]);
    expect(writer.take()).toEqual([]);
  });

  it("a tool without arguments is called with nothing at all", () => {
    const writer = new PartWriter("v");
    writer.toolCall({ id: "c", name: "now", executor: "caller" }, "");
    expect(writer.take().at(-1)).toMatchObject({ part: { input: {} } });
  });

  it("a tool call that is not JSON is never a part: dropped with a warning where the limit cut it, else an error", () => {
    const cut = new PartWriter("v");
    cut.toolCall({ id: "c", name: "look", executor: "caller" }, '{"a": ');
    expect(cut.finish({ ...END, finishReason: "length" })).toMatchObject([{ code: "tool_call_incomplete" }]);
    expect(cut.take().map((event) => event.type)).toEqual(["finish"]);
    const broken = new PartWriter("v");
    broken.toolCall({ id: "c", name: "look", executor: "caller" }, '{"a": ');
    expect(() => broken.finish(END)).toThrow(GatewayError);
  });
});

describe("strict schemas", () => {
  it("close objects and require everything; what was optional may be null", () => {
    const { schema, changed, expressible } = strictSchema({
      type: "object",
      properties: {
        a: { type: "string" },
        b: { type: "array", items: { type: "object", properties: { c: { type: "number" } } } },
      },
      required: ["a"],
    });
    expect(schema).toEqual({
      type: "object",
      additionalProperties: false,
      required: ["a", "b"],
      properties: {
        a: { type: "string" },
        b: {
          anyOf: [
            {
              type: "array",
              items: {
                type: "object",
                additionalProperties: false,
                required: ["c"],
                properties: { c: { anyOf: [{ type: "number" }, { type: "null" }] } },
              },
            },
            { type: "null" },
          ],
        },
      },
    });
    expect([changed, expressible]).toEqual([true, true]);
  });

  it("leaves alone what is strict already, and says what cannot be", () => {
    const strict = {
      type: "object",
      additionalProperties: false,
      required: ["a"],
      properties: { a: { type: "string" } },
    };
    expect(strictSchema(strict)).toEqual({ schema: strict, changed: false, expressible: true });
    expect(strictSchema({ type: "object", additionalProperties: { type: "number" } }).expressible).toBe(false);
  });

  const held = (properties: object, more: object = {}): JsonSchema =>
    ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false, ...more }) as never;

  it("what zod makes of unions, optional fields inside them and defaults can be said", () => {
    const shape = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), note: z.string().optional() }),
      z.object({ kind: z.literal("b"), size: z.int().default(1) }),
    ]);
    const json = z.toJSONSchema(z.object({ shape }), { io: "input" }) as JsonSchema;
    const { schema, expressible } = strictSchema(json);
    expect(expressible).toBe(true);
    const sent = JSON.stringify(schema);
    for (const refused of ["oneOf", "default", "$schema"]) expect(sent).not.toContain(refused);
    expect(schema).toMatchObject({
      properties: { shape: { anyOf: [{ required: ["kind", "note"] }, { type: "object" }] } },
    });
  });

  it("a reference stands alone; what refers to itself stays as it is", () => {
    const tree = held(
      { next: { $ref: "#/$defs/tree", description: "the rest" } },
      { $defs: { tree: held({ next: { $ref: "#" } }) } },
    );
    const { schema, expressible } = strictSchema(tree);
    expect(expressible).toBe(true);
    expect(schema).toMatchObject({
      properties: { next: { $ref: "#/$defs/tree" } },
      $defs: { tree: { required: ["next"] } },
    });
    expect(JSON.stringify(schema)).not.toContain("the rest");
  });

  it.each<readonly [string, JsonSchema]>([
    ["a list at the root", { type: "array", items: { type: "string" } }],
    ["a union at the root", { anyOf: [held({}), held({ a: { type: "string" } })] }],
    ["a tuple", held({ a: { type: "array", prefixItems: [{ type: "string" }], items: false } })],
    ["an intersection", held({ a: { allOf: [held({})] } })],
    ["anything at all", held({ a: {} })],
    ["a boolean for a schema", held({ a: true })],
    ["names by a rule", held({ a: { type: "object", propertyNames: { type: "string" } } })],
    ["a rule beside a reference", held({ a: { $ref: "#", minimum: 1 } })],
  ])("says that it cannot say %s", (_what, schema) => expect(strictSchema(schema).expressible).toBe(false));

  it("the schema that was given is never touched", () => {
    const schema = held({ a: { type: "string", default: "x" } });
    const before = structuredClone(schema);
    strictSchema(schema);
    expect(schema).toEqual(before);
  });
});

describe("peer", () => {
  it("a package that is not installed is told with the command to install it", async () => {
    const load = peer("headgate-no-such-package@^7", () => import("headgate-no-such-package" as string));
    const error = await load().catch((error: unknown) => error);
    if (!GatewayError.is(error, "missing_peer")) throw error;
    expect(error.details).toEqual({
      package: "headgate-no-such-package",
      install: "npm install headgate-no-such-package@^7",
    });
  });

  it("any other failure of the import is thrown as it is, and tried again next time", async () => {
    let tries = 0;
    const load = peer("x@^1", async () => {
      tries += 1;
      if (tries === 1) throw new SyntaxError("broken");
      return "module";
    });
    await expect(load()).rejects.toThrow("broken");
    expect(await Promise.all([load(), load()])).toEqual(["module", "module"]);
    expect(tries).toBe(2);
  });
});

it.each([
  ["high", ["low", "high"], "high"],
  ["xhigh", ["low", "medium", "high"], "high"],
  ["minimal", ["low", "medium"], "low"],
  ["medium", ["low", "high"], "high"],
  ["none", ["none", "max"], "none"],
] as const)("effort %s among %o is %s", (wanted, has, expected) => expect(nearestEffort(wanted, has)).toBe(expected));
