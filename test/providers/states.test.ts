/** Opaque state that is not what its vendor gave: a history is data, and comes back from wherever it was kept. */
import { inspect } from "node:util";
import { GatewayError } from "headgate/kit";
import { describe, expect, it } from "vitest";
import { answering, kindOf, modelOf, NAMES } from "./every-provider.ts";
import { callOf } from "./replay.ts";

/** State that came back changed, or that another adapter of the same name left. */
const DATA = [
  null,
  1,
  "x",
  [],
  {},
  { id: 5 },
  { signature: 1 },
  { redacted: {} },
  { item: "x" },
  { item: null },
  { item: { type: 3 } },
  { details: [1] },
  { part: 7 },
  { block: 1 },
  { citations: [1, {}] },
  { type: 7 },
  { metadata: { google: { thoughtSignature: "x" } } },
];

describe.each(NAMES)("state that is not as it was: %s", (name) => {
  it("goes nowhere, or as it is; the conversation goes on", async () => {
    const { transport, asked } = answering("{}", { status: 500 });
    const provider = kindOf(name).provide({ apiKey: "k", transport });
    const account = provider.credentials[0]?.account ?? "";
    for (const data of DATA) {
      const state = { provider: provider.name, account, model: modelOf(name).id, data };
      const vendors = { id: "v1", name: "web_search", executor: "vendor", state } as const;
      for (const part of [
        { type: "reasoning", text: "Hm.", state },
        { type: "text", text: "Hm.", state },
        { type: "tool-call", ...vendors, input: {} },
        { type: "tool-result", ...vendors, output: { type: "json", value: 1 } },
      ] as const) {
        const { call } = callOf(provider, {
          mode: "stream",
          model: modelOf(name),
          request: {
            messages: [
              { role: "user", content: "Look." },
              { role: "assistant", content: [part, { type: "text", text: "It is shut." }] },
              { role: "user", content: "And now?" },
            ],
          },
        });
        const error: unknown = await Promise.resolve(provider.generate(call)).catch((thrown: unknown) => thrown);
        const told = `${part.type} with ${JSON.stringify(data)}`;
        expect(GatewayError.is(error, "server_error"), `${told}: ${inspect(error)}`).toBe(true);
        expect(asked.at(-1), told).not.toMatch(/undefined|\[object/);
        expect(asked.at(-1), told).toContain("It is shut.");
      }
    }
  });
});
