import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { providerTables } from "../scripts/provider-tables.ts";
import { withTables } from "../scripts/write-docs.ts";

it("the tables of docs/providers.md are what the code says (`npm run docs`)", () => {
  const page = readFileSync(new URL("../docs/providers.md", import.meta.url), "utf8");
  expect(page).toBe(withTables(page, providerTables()));
});
