import { code, say, scene, write } from "../print.ts";
import type { Stage } from "../stage.ts";

export const anAnswerStreams = async ({ gateway, openaiVendor }: Stage): Promise<void> => {
  scene(1, "An answer streams");
  code('for await (const text of gateway.stream({ task: "chat", prompt }).textStream) write(text)');
  openaiVendor.script([{ tokenDelayMs: 25 }]);
  const stream = gateway.for({ tenant: "web" }).stream({ task: "chat", prompt: "Tell me about the sea." });
  write("   ");
  for await (const text of stream.textStream) write(text);
  const { model, costUsd, attempts } = await stream.completion();
  write("\n");
  say(`→ by ${model}, for $${costUsd?.toFixed(6)}, first word after ${attempts[0]?.firstContentMs} ms`);
};
