/** What the README shows works: its registries are valid, its code compiles, its links lead somewhere. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGateway, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1] ?? "");

/** What a fragment takes for granted. */
const PRELUDE = `
import { createGateway, GatewayError, type Gateway, type Message, type Request } from "headgate";
declare const gateway: Gateway;
declare const messages: Message[];
declare const request: { readonly prompt: string };
declare const retryAfter: (ms: number | undefined) => void;
export { createGateway, GatewayError };
export type { Request };
`;

describe("the README", () => {
  it.each(blocks("yaml"))("its registries are valid: %#", async (text) => {
    const source: RegistrySource = { contract: 1, name: "README", load: async () => ({ text, format: "yaml" }) };
    const providers = [fakeProvider({ name: "openai" }), fakeProvider({ name: "anthropic" })];
    await createGateway({ providers, registry: source }).ready();
  });

  it("its code compiles", async () => {
    const folder = await mkdtemp(join(root, "node_modules", ".readme-"));
    try {
      const files = await Promise.all(
        blocks("ts").map(async (code, index) => {
          const file = join(folder, `block-${index}.ts`);
          const whole = code.includes("import {")
            ? `import type { Message } from "headgate";\ndeclare const messages: Message[];\n${code}`
            : PRELUDE + code;
          await writeFile(file, whole);
          return file;
        }),
      );
      expect(files.length).toBeGreaterThan(3);
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

  it("its two commands are scripts of the package, and its links lead somewhere", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(readme.slice(0, 700)).toMatch(/npm ci && npm start[\s\S]*npm ci && npm test/);
    for (const script of ["start", "test", "bench"]) expect(scripts).toHaveProperty(script);
    for (const [, target = ""] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.startsWith("http")) expect(existsSync(join(root, target)), target).toBe(true);
    }
  });
});
