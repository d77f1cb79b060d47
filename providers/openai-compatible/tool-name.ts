/** A tool's name in a history, as vendors take it: other ones may have called it otherwise. */
export const toolName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "tool";
