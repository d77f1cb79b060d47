import { createGateway } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { say, title, write } from "./print.ts";

/** Models to try, for the keys that are set. Edit the names to those that your account has. */
const MODELS = {
  OPENAI_API_KEY: { small: { provider: "openai", model: process.env["OPENAI_MODEL"] ?? "gpt-6-mini" } },
  ANTHROPIC_API_KEY: {
    claude: {
      provider: "anthropic",
      model: process.env["ANTHROPIC_MODEL"] ?? "claude-haiku-5",
      limit: { output: 1024 },
    },
  },
} as const;

/** One streamed answer from each real vendor whose key is in the environment. */
export const live = async (): Promise<void> => {
  const models = Object.entries(MODELS).flatMap(([variable, entries]) =>
    process.env[variable] === undefined ? [] : Object.entries(entries),
  );
  if (models.length === 0) {
    say("No key found. Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or run `npm start` without --live.");
    process.exitCode = 1;
    return;
  }
  const gateway = createGateway({
    providers: [openai(), anthropic()],
    registry: { models: Object.fromEntries(models) },
  });
  for (const [model] of models) {
    title(model);
    const stream = gateway.stream({ model, prompt: "In two sentences: what does a headgate on a river do?" });
    try {
      for await (const text of stream.textStream) write(text);
      const { usage, attempts } = await stream.completion();
      say(
        `\n→ ${usage.input.total} tokens in, ${usage.output.total} out, first word after ${attempts[0]?.firstContentMs} ms`,
      );
    } catch (error) {
      say(`failed: ${error instanceof Error ? error.message : "unknown"}`);
      process.exitCode = 1;
    }
  }
};
