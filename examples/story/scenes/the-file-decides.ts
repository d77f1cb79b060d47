import { code, say, scene } from "../print.ts";
import type { Stage } from "../stage.ts";

export const theFileDecides = async ({ gateway, edit }: Stage): Promise<void> => {
  scene(2, "The file decides: edited on disk, in force for the next call, no restart");
  const chat = gateway.for({ tenant: "web" });
  const before = await chat.complete({ task: "chat", prompt: "Who are you?" });
  say(`before: ${before.model} (${before.provider})`);
  code("-  chat: { models: [mini, opus] }\n+  chat: { models: [opus] }");
  await edit("chat: { models: [mini, opus] }", "chat: { models: [opus] }");
  const after = await chat.complete({ task: "chat", prompt: "Who are you?" });
  say(`after:  ${after.model} (${after.provider})`);
  await edit("chat: { models: [opus] }", "chat: { models: [mini, opus] }");
};
