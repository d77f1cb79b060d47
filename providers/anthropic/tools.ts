import type {
  MessageCreateParamsBase,
  Tool,
  ToolChoice,
  ToolUnion,
} from "@anthropic-ai/sdk/resources/messages/messages";
import type { Concede, GenerateRequest, ProviderTool, ResolvedFunctionTool } from "../../src/kit/index.ts";
import type { Prompting } from "./prompting.ts";
import { inputSchema } from "./tool-schema.ts";

/** The newest version of each tool that Anthropic offers (SDK 1.13); a dated name or `options.type` asks for another. */
const TOOL_TYPES: Readonly<Record<string, string>> = {
  web_search: "web_search_20260318",
  web_fetch: "web_fetch_20260318",
  code_execution: "code_execution_20260521",
  bash: "bash_20250124",
  memory: "memory_20250818",
  str_replace_based_edit_tool: "text_editor_20250728",
  tool_search_tool_regex: "tool_search_tool_regex_20251119",
  tool_search_tool_bm25: "tool_search_tool_bm25_20251119",
  browser_toolset: "browser_toolset_20260801",
  computer_toolset: "computer_toolset_20260801",
  mcp_toolset: "mcp_toolset",
};
/** Several tools in one, which have names of their own. */
const TOOLSET = /_toolset(_\d{8})?$/;

/** A version's own name, such as `web_search_20260318`. */
const DATED = /_\d{8}$/;
const DATE_LENGTH = "_20260318".length;

export type ToolParams = Pick<MessageCreateParamsBase, "tools" | "tool_choice">;

/** `tools` and `tool_choice`; nothing where the request has no tools. */
export const buildTools = (request: GenerateRequest, prompting: Prompting): ToolParams => {
  if (request.tools === undefined || request.tools.length === 0) return {};
  const tools = request.tools.map((tool, index) =>
    tool.type === "function"
      ? functionTool(tool, `tools[${index}]`, prompting.concede)
      : providerTool(tool, `tools[${index}]`, prompting),
  );
  const choice = toolChoice(request, (wanted) => sentName(wanted, request.tools ?? [], tools, prompting));
  return choice === undefined ? { tools } : { tools, tool_choice: choice };
};

/** Whether the model must call a tool. It may not think then. */
export const isForced = (choice: ToolChoice | undefined): boolean => choice?.type === "any" || choice?.type === "tool";

const functionTool = (tool: ResolvedFunctionTool, path: string, concede: Concede): Tool => {
  const { name, description } = tool;
  return {
    name,
    ...(description !== undefined && { description }),
    ...inputSchema(tool, `${path}.input`, concede),
  };
};

const providerTool = (tool: ProviderTool, path: string, prompting: Prompting): ToolUnion => {
  if (tool.provider !== prompting.provider) {
    throw prompting.unsupported(path, `the tool ${tool.name} is of ${tool.provider}.`);
  }
  const dated = DATED.test(tool.name);
  const type = tool.options?.["type"] ?? (dated ? tool.name : TOOL_TYPES[tool.name]);
  if (type === undefined) {
    throw prompting.unsupported(path, `say which version of ${tool.name} is meant, such as web_search_20260318.`);
  }
  const plain = dated ? tool.name.slice(0, -DATE_LENGTH) : tool.name;
  const name = plain === "text_editor" ? "str_replace_based_edit_tool" : plain;
  const named = !TOOLSET.test(String(type)) && { name };
  return { ...named, ...tool.options, type } as unknown as ToolUnion;
};

/** A tool of the vendor's is chosen by the name that it is sent by, which has no date. */
const sentName = (
  wanted: string,
  asked: NonNullable<GenerateRequest["tools"]>,
  sent: readonly ToolUnion[],
  { unsupported }: Prompting,
): string => {
  const tool = sent[asked.findIndex(({ name }) => name === wanted)];
  if (tool === undefined || "name" in tool) return tool?.name ?? wanted;
  throw unsupported("toolChoice", "Anthropic takes no choice of a set of tools.");
};

const toolChoice = (
  { toolChoice: choice, parallelToolCalls }: GenerateRequest,
  nameOf: (wanted: string) => string,
): ToolChoice | undefined => {
  if (choice === "none") return { type: "none" };
  const alone = parallelToolCalls !== undefined && { disable_parallel_tool_use: !parallelToolCalls };
  if (choice === "required") return { type: "any", ...alone };
  if (typeof choice === "object") return { type: "tool", name: nameOf(choice.tool), ...alone };
  return choice === "auto" || parallelToolCalls === false ? { type: "auto", ...alone } : undefined;
};
