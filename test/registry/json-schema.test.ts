import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { registryJsonSchema } from "../../src/registry/json-schema.ts";

it("registry.schema.json is what the build writes", async () => {
  const committed = JSON.parse(readFileSync(new URL("../../registry.schema.json", import.meta.url), "utf8"));
  expect(committed).toEqual(JSON.parse(JSON.stringify(await registryJsonSchema())));
  expect(Object.keys(committed.properties)).toEqual([
    "$schema",
    "models",
    "tasks",
    "difficulties",
    "policy",
    "plans",
    "tenants",
    "organization",
    "tags",
  ]);
});
