import type { Loaded } from "headgate";
import { describe, expect, it } from "vitest";
import { check } from "../../src/registry/check.ts";
import { parse } from "../../src/registry/parse.ts";
import type { Snapshot } from "../../src/registry/snapshot.ts";

const snapshotOf = async (loaded: Loaded): Promise<Snapshot> => check(await parse(loaded, "test"), "test", ["fake"]);
const versionOf = async (loaded: Loaded): Promise<string> => (await snapshotOf(loaded)).version;

const data = () => ({
  models: {
    fast: {
      provider: "fake",
      model: "fast-1",
      capabilities: { tool_call: true, input: ["text", "image"] },
      cost: { input: 1, output: 2, tiers: [{ above: 100, input: 2, output: 4 }] },
      options: { api: "chat", deep: { list: [1, { a: 1 }] } },
    },
  },
  tasks: { chat: { needs: { tool_call: true }, models: ["fast"] } },
});
const yaml = `
# another spelling of the same
models:
  fast:
    cost: { output: 2, input: 1.0, tiers: [{ input: 2, above: 100, output: 4 }] }
    capabilities: { input: [text, image], tool_call: true }
    model: "fast-1"
    provider: fake
    options: { api: chat, deep: { list: [1, { a: 1 }] } }
tasks: { chat: { models: [fast], needs: { tool_call: true } } }
`;

describe("a snapshot's version", () => {
  it("is equal for equal content: as data, as JSON, as YAML, with or without $schema, whatever the white space", async () => {
    const version = await versionOf({ data: data() });
    const json = JSON.stringify({ $schema: "./registry.schema.json", ...data() }, null, "\t");
    expect(await versionOf({ text: json, format: "json" })).toBe(version);
    expect(await versionOf({ text: `\ufeff${json.replaceAll("\n", "\r\n")}`, format: "json" })).toBe(version);
    expect(await versionOf({ text: yaml, format: "yaml" })).toBe(version);
  });

  it("differs with any figure", async () => {
    const [one, other] = [data(), data()];
    other.models.fast.cost.tiers[0] = { above: 101, input: 2, output: 4 };
    expect(await versionOf({ data: other })).not.toBe(await versionOf({ data: one }));
  });
});

const isFrozenWhole = (value: unknown): boolean =>
  typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozenWhole));

it("a snapshot cannot be changed; the data it was made from still can, and changes nothing", async () => {
  const given = data();
  const snapshot = await snapshotOf({ data: given });
  expect([...snapshot.models.values(), ...snapshot.tasks.values(), snapshot.policy].every(isFrozenWhole)).toBe(true);
  (given.models.fast.options.deep.list[1] as { a: number }).a = 2;
  given.models.fast.capabilities.input.push("pdf");
  expect(snapshot.models.get("fast")?.options).toEqual({ api: "chat", deep: { list: [1, { a: 1 }] } });
  expect(snapshot.models.get("fast")?.capabilities.input).toEqual(["text", "image"]);
});
