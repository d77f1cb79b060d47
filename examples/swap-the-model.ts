/** Swap a model by editing a file: in force for the next call, no restart. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";

const vendor = await startVendor();
const file = join(await mkdtemp(join(tmpdir(), "headgate-")), "headgate.yaml");
await writeFile(
  file,
  `models:
  gpt: { provider: openai, model: gpt-6-mini }
  claude: { provider: anthropic, model: claude-haiku-5, limit: { output: 1024 } }
tasks:
  summarize: { models: [gpt] }
`,
);

await using gateway = createGateway({
  providers: [openai({ apiKey: "any", baseURL: vendor.baseURL }), anthropic({ apiKey: "any", baseURL: vendor.url })],
  registry: file,
});
console.log((await gateway.complete({ task: "summarize", prompt: "…" })).model);

await writeFile(file, (await readFile(file, "utf8")).replace("[gpt]", "[claude]"));
while ((await gateway.complete({ task: "summarize", prompt: "…" })).model !== "claude");
console.log("claude, some milliseconds later");
