import { wrongSchema } from "./anthropic-schema.ts";
import { type Fields, isFields, list, text } from "./dialect.ts";

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const FIELDS = [
  "type",
  "name",
  "description",
  "input_schema",
  "strict",
  "cache_control",
  "defer_loading",
  "allowed_callers",
  "eager_input_streaming",
  "input_examples",
];
/** Tools of the vendor's own, by the type without its date, and the name that each must have. */
const OWN: Readonly<Record<string, string>> = {
  web_search: "web_search",
  web_fetch: "web_fetch",
  code_execution: "code_execution",
  bash: "bash",
  memory: "memory",
  text_editor: "str_replace_based_edit_tool",
  tool_search_tool_regex: "tool_search_tool_regex",
  tool_search_tool_bm25: "tool_search_tool_bm25",
};
/** Have no name: their tools have. */
const TOOLSETS = ["browser_toolset", "computer_toolset", "mcp_toolset"];
const UNIONS = ["oneOf", "allOf", "anyOf"];

/** Why `tools` and `tool_choice` would be answered with 400. */
export const wrongTools = ({ tools, tool_choice: choice }: Fields): string | undefined => {
  const all = list(tools);
  const names = all.map(({ name }) => name).filter((name) => name !== undefined);
  if (new Set(names).size < names.length) return "tools: Tool names must be unique.";
  const wrong = all.map((tool, index) => wrongTool(tool, `tools.${index}`)).find(Boolean);
  return wrong ?? (choice === undefined ? undefined : wrongChoice(choice, names, all.length));
};

const wrongTool = (tool: Fields, at: string): string | undefined => {
  const type = text(tool["type"]);
  if (type !== "" && type !== "custom") return wrongOwn(tool, type, at);
  const extra = Object.keys(tool).find((key) => !FIELDS.includes(key));
  if (extra !== undefined) return `${at}.custom.${extra}: Extra inputs are not permitted`;
  if (!NAME.test(text(tool["name"]))) return `${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  const { input_schema: schema } = tool;
  if (!isFields(schema)) return `${at}.custom.input_schema: Field required`;
  if (schema["type"] !== "object") return `${at}.custom.input_schema.type: Input should be 'object'`;
  if (UNIONS.some((union) => union in schema)) {
    return `${at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`;
  }
  return tool["strict"] === true ? wrongSchema(schema, `${at}.custom.input_schema`) : undefined;
};

const wrongOwn = ({ name }: Fields, type: string, at: string): string | undefined => {
  const plain = type.replace(/_\d{8}$/, "");
  if (TOOLSETS.includes(plain)) return name === undefined ? undefined : `${at}.name: Extra inputs are not permitted`;
  const wanted = OWN[plain];
  if (wanted === undefined)
    return `${at}: Input tag '${type}' found using 'type' does not match any of the expected tags`;
  return name === wanted ? undefined : `${at}.name: Input should be '${wanted}'`;
};

const wrongChoice = (choice: unknown, names: readonly unknown[], count: number): string | undefined => {
  const { type, name, disable_parallel_tool_use: alone, ...rest } = isFields(choice) ? choice : {};
  if (!["auto", "any", "tool", "none"].includes(text(type)))
    return "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'";
  const [extra] = type === "none" && alone !== undefined ? ["disable_parallel_tool_use"] : Object.keys(rest);
  if (extra !== undefined) return `tool_choice.${text(type)}.${extra}: Extra inputs are not permitted`;
  if (count === 0) return "tool_choice may only be specified while providing tools.";
  if (type !== "tool")
    return name === undefined ? undefined : `tool_choice.${text(type)}.name: Extra inputs are not permitted`;
  return names.includes(name) ? undefined : `tool_choice: Tool '${text(name)}' not found in provided tools`;
};
