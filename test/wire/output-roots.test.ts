import { describe, expect, it } from "vitest";
import { z } from "zod";
import { APIS, pair } from "./support.ts";

/** A list, a word, one of several: what vendors do not take at the root is asked for inside an object. */
describe.each(APIS)("answers that are no objects, over real HTTP: %s", (api) => {
  it.each([
    ["a list", z.array(z.object({ n: z.number() })).min(1), [{ n: 1 }]],
    ["a word", z.enum(["sea", "sky"]), "sea"],
    ["one of a union", z.union([z.object({ kind: z.literal("dot") }), z.string()]), { kind: "dot" }],
  ] as const)("%s", async (_what, output, expected) => {
    await using vendors = await pair(api);
    const request = { prompt: "what?", output: output as z.ZodType };
    const whole = await vendors.gateway.complete(request);
    expect(whole.output).toEqual(expected);
    expect(JSON.parse(whole.text)).toEqual({ value: expected });
    const streamed = await vendors.gateway.stream(request).completion();
    expect(streamed.output).toEqual(expected);
    expect(vendors.a.hits.map(({ status }) => status)).toEqual([200, 200]);
    // Each vendor was asked for an object, and could be held to it.
    expect(whole.warnings.filter(({ path }) => path === "output" && api !== "anthropic")).toEqual([]);
    // (Bedrock takes the schema as text.)
    expect(JSON.stringify(vendors.a.hits[0]?.body).replaceAll("\\", "")).toMatch(
      /"type":"object","properties":\{"value":/,
    );
  });
});
