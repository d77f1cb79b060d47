import { type Issues, isBoolean, isName, isOneOf, isRecord, isRecordOf, isSchema, isText } from "./issues.ts";

/** What every vendor takes (OpenAI's rule is the narrowest). */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const validateTools = (request: Readonly<Record<string, unknown>>, issues: Issues): void => {
  const { tools, toolChoice } = request;
  const names = new Set<string>();
  if (tools !== undefined) {
    if (!Array.isArray(tools)) issues.add("tools", "a list of tools");
    else for (const [index, tool] of tools.entries()) validateTool(`tools[${index}]`, tool, names, issues);
  }
  issues.optional("parallelToolCalls", request["parallelToolCalls"], isBoolean, "a boolean");
  if (toolChoice === undefined || isOneOf("auto", "none")(toolChoice)) return;
  if (toolChoice === "required" && names.size > 0) return;
  const named = isRecord(toolChoice) ? toolChoice["tool"] : undefined;
  if (typeof named !== "string" || !names.has(named)) {
    issues.add("toolChoice", "auto, none, required, or { tool } naming one of the tools");
  }
};

const validateTool = (path: string, tool: unknown, names: Set<string>, issues: Issues): void => {
  if (!isRecord(tool)) return issues.add(path, "a tool { name, input }");
  const { name, type = "function" } = tool;
  if (type === "provider") {
    if (!isName(name)) issues.add(`${path}.name`, "the vendor's name of the tool");
    if (!isName(tool["provider"])) issues.add(`${path}.provider`, "the name of the provider that runs it");
    issues.optional(`${path}.options`, tool["options"], isRecord, "an object");
    if (typeof name === "string") names.add(name);
    return;
  }
  if (type !== "function") return issues.add(`${path}.type`, "function or provider");
  if (typeof name !== "string" || !TOOL_NAME.test(name)) {
    issues.add(`${path}.name`, "1 to 64 letters, digits, _ or -");
  } else if (names.has(name)) issues.add(`${path}.name`, "a name that no other tool has");
  else names.add(name);
  issues.optional(`${path}.description`, tool["description"], isText, "a string");
  issues.optional(`${path}.strict`, tool["strict"], isBoolean, "a boolean");
  if (!isSchema(tool["input"])) issues.add(`${path}.input`, SCHEMA);
};

export const SCHEMA = "a Standard Schema that yields JSON Schema (zod 4.2+, or jsonSchema(…))";

export const isTags: (value: unknown) => boolean = isRecordOf(isText);
