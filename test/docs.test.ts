/** What the docs show: tables made from the code, code that compiles, links that lead somewhere. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGateway, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { expect, it } from "vitest";
import { providerTables } from "../scripts/provider-tables.ts";
import { withTables } from "../scripts/write-docs.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const pageOf = (name: string): string => readFileSync(join(root, "docs", name), "utf8");

it("the tables of docs/providers.md are what the code says (`npm run docs`)", () => {
  const page = pageOf("providers.md");
  expect(page).toBe(withTables(page, providerTables()));
});

it.each(pages)("%s: its links lead somewhere", (name) => {
  for (const [, target = ""] of pageOf(name).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (!target.startsWith("http")) expect(existsSync(join(root, "docs", dirname(name), target)), target).toBe(true);
  }
});

const registries = [...pageOf("limits.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

it.each(registries)("docs/limits.md: its registries are valid: %#", async (text) => {
  const source: RegistrySource = { contract: 1, name: "limits.md", load: async () => ({ text, format: "yaml" }) };
  const providers = [fakeProvider({ name: "openai" }), fakeProvider({ name: "anthropic" })];
  await createGateway({ providers, registry: source }).ready();
});

/** What the pages' fragments take for granted. */
const PRELUDE = `
import test from "node:test";
import { readFile, writeFile } from "node:fs/promises";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { createGateway, fromKeyValue, GatewayError, httpSource, type KeyValue, memoryLedger, memoryStore, type RegistryInput, type Request, storeSource, type StreamOptions } from "headgate";
import { bedrock } from "headgate/bedrock";
import { fromAiSdk } from "headgate/from-ai-sdk";
import { google } from "headgate/google";
import type { Credential, Feature, Provider } from "headgate/kit";
import type { Example } from "headgate/lab";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";
import { redisStore } from "headgate/redis";
import { providerSuite, startVendor } from "headgate/testing";
declare const client: import("ioredis").Redis;
declare const gateway: ReturnType<typeof createGateway>;
declare const prompt: string;
declare const retryAfter: (ms: number | undefined) => void;
declare const endpoint: string, apiVersion: string, apiKey: string;
declare const tokenProvider: () => Promise<string>;
declare const providers: readonly Provider[];
declare const registry: RegistryInput;
declare const mineKeyValue: KeyValue;
declare const account: (id: string) => Promise<{ readonly plan: string }>;
declare const token: () => string;
declare const labelled: readonly Example[];
declare const ledger: ReturnType<typeof memoryLedger>;
declare const mine: (options: { readonly apiKey: string; readonly url: string }) => Provider;
`;

/** Code that stands for more than itself: types told in short, and fragments of objects. */
const isSketch = (code: string): boolean =>
  /^(interface|registry:|type Handler|\{ id:)/m.test(code) || code.includes("…");

it("their code compiles", async () => {
  const folder = await mkdtemp(join(root, "node_modules", ".docs-"));
  try {
    const codes = pages.flatMap((name) =>
      [...pageOf(name).matchAll(/```ts\n([\s\S]*?)```/g)]
        .map((match) => match[1] ?? "")
        .filter((code) => !isSketch(code)),
    );
    const files = await Promise.all(
      codes.map(async (code, index) => {
        const file = join(folder, `block-${index}.ts`);
        const own = new Set(
          [...code.matchAll(/import \{ ([^}]+) \}/g)].flatMap(([, names = ""]) => names.split(/, */)),
        );
        const declared = new Set([...code.matchAll(/^(?:const|let) (\w+)/gm)].map(([, name = ""]) => name));
        const prelude = PRELUDE.split("\n").filter(
          (line) =>
            ![...own].some((name) => line.includes(`{ ${name} }`)) &&
            ![...declared].some((name) => line.startsWith(`declare const ${name}:`)),
        );
        await writeFile(
          file,
          `${prelude.join("\n")}\nexport {};\n${code.replace(/import \{ cohere \}.*\n/, "declare const cohere: (id: string) => never;\n")}`,
        );
        return file;
      }),
    );
    expect(files.length).toBeGreaterThan(6);
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, files, include: [] }),
    );
    const { stdout } = await promisify(execFile)(join(root, "node_modules", ".bin", "tsc"), ["-p", folder]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe("");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
