import type { ModelName, TaskName } from "headgate";

declare module "headgate" {
  interface Register {
    models: "parrot" | "owl";
    tasks: "chat";
  }
}

/** Names complete in the editor once they are registered. */
export const model: ModelName = "parrot";
export const task: TaskName = "chat";
// @ts-expect-error: no such model
export const wrong: ModelName = "parot";
