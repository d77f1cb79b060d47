import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGateway, type MemoryLedger, memoryLedger } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { createExam, type Exam, startVendor, type Vendor } from "headgate/testing";

const REGISTRY = `# headgate.yaml: which models there are, what they can do and cost, what each task needs
models:
  mini:
    provider: openai
    model: gpt-mini
    quality: 40
    cost: { input: 0.25, output: 2 }
    capabilities: { tool_call: true, structured_output: true }
  strong:
    provider: openai
    model: gpt-strong
    quality: 90
    cost: { input: 4, output: 20 }
    capabilities: { tool_call: true, structured_output: true }
  opus:
    provider: anthropic
    model: claude-opus
    quality: 92
    cost: { input: 5, output: 25 }
    limit: { output: 4096 }
    capabilities: { tool_call: true, structured_output: true }
tasks:
  chat: { models: [mini, opus] }
  easy: { quality: 30 }
  hard: { quality: 85 }
  any: { quality: 0 }
`;

/** Where the story plays: two vendors, a registry file, a gateway, its ledger. */
export interface Stage {
  readonly file: string;
  readonly exam: Exam;
  readonly openaiVendor: Vendor;
  readonly anthropicVendor: Vendor;
  readonly gateway: ReturnType<typeof open>;
  readonly ledger: MemoryLedger;
  /** Rewrites the file; resolves when the gateway has taken the new one into force. */
  edit(from: string, to: string): Promise<void>;
}

export const setTheStage = async (folder: string): Promise<Stage> => {
  const file = join(folder, "headgate.yaml");
  await writeFile(file, REGISTRY);
  const exam = createExam();
  // Strength is the simulators' secret: the gateway knows only the quality that the registry's owner wrote down.
  const openaiVendor = await startVendor({
    api: "openai-responses",
    brain: exam.brain,
    models: {
      "gpt-mini": { strength: 40, price: { input: "0.25", output: "2" } },
      "gpt-strong": { strength: 90, price: { input: "4", output: "20" } },
    },
  });
  const anthropicVendor = await startVendor({
    api: "anthropic",
    brain: exam.brain,
    models: { "claude-opus": { strength: 92, price: { input: "5", output: "25" } } },
    seed: 2,
  });
  const ledger = memoryLedger();
  const gateway = open(file, openaiVendor, anthropicVendor, ledger);
  await gateway.ready();
  return {
    file,
    exam,
    openaiVendor,
    anthropicVendor,
    gateway,
    ledger,
    async edit(from, to) {
      // Watching a file keeps no process alive: somebody who waits for a change does it himself.
      const alive = setInterval(() => {}, 1_000);
      const inForce = new Promise<void>((resolve) => {
        const off = gateway.on("registry", ({ state }) => {
          if (state !== "reloaded") return;
          off();
          resolve();
        });
      });
      await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
      await inForce;
      clearInterval(alive);
    },
  };
};

const open = (file: string, openaiVendor: Vendor, anthropicVendor: Vendor, ledger: MemoryLedger) =>
  createGateway({
    providers: [
      openai({ apiKey: "not-needed", baseURL: openaiVendor.baseURL }),
      anthropic({ apiKey: "not-needed", baseURL: anthropicVendor.url }),
    ],
    registry: file,
    ledger,
  });
