import type { ModelName, TaskName } from "headgate";

/** Names complete in the editor once `headgate types` has written them from headgate.yaml. */
export const model: ModelName = "parrot";
export const task: TaskName = "chat";
// @ts-expect-error: no such model
export const wrong: ModelName = "parot";
// @ts-expect-error: no such task
export const wrongTask: TaskName = "chatt";
