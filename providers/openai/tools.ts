import type { ResponseCreateParamsBase, Tool } from "openai/resources/responses/responses";
import {
  type Concede,
  type GenerateCall,
  type GenerateRequest,
  type ProviderTool,
  type ResolvedFunctionTool,
  unsupported,
} from "../../src/kit/index.ts";
import { inputSchema, sentSchema } from "../openai-compatible/base.ts";

type ToolFields = Pick<ResponseCreateParamsBase, "tools" | "tool_choice" | "parallel_tool_calls">;
type Choice = NonNullable<ResponseCreateParamsBase["tool_choice"]>;

/** `tools`, `tool_choice` and `parallel_tool_calls`; nothing where the request has no tools. */
export const tools = ({ request, model }: GenerateCall, provider: string, concede: Concede): ToolFields => {
  const { toolChoice, parallelToolCalls } = request;
  if (request.tools === undefined || request.tools.length === 0) return {};
  const sent = request.tools.map((tool, index): Tool => {
    if (tool.type === "function")
      return functionTool(tool, `tools[${index}].input`, concede, (path, why) =>
        unsupported(provider, model.name, path, why),
      );
    if (tool.provider === provider) return vendorTool(tool);
    throw unsupported(provider, model.name, `tools[${index}]`, `the tool ${tool.name} is of ${tool.provider}.`);
  });
  return {
    tools: sent,
    ...(toolChoice !== undefined && { tool_choice: choice(toolChoice, request) }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
};

/** In the vendor's own words: only the vendor knows whether they are right. */
const vendorTool = ({ name, options }: ProviderTool): Tool => ({ type: name, ...options }) as unknown as Tool;

type Refuse = (path: string, why: string) => Error;

const functionTool = (tool: ResolvedFunctionTool, path: string, concede: Concede, refuse: Refuse): Tool => {
  const { name, description, input, strict = false } = tool;
  const root = inputSchema(input, (why) => refuse(path, why));
  const { schema, strict: held } = strict ? sentSchema(input, path, concede) : { schema: root, strict };
  return {
    type: "function",
    name,
    parameters: { ...schema },
    strict: held,
    ...(description !== undefined && { description }),
  };
};

const choice = (toolChoice: NonNullable<GenerateRequest["toolChoice"]>, { tools: all }: GenerateRequest): Choice => {
  if (typeof toolChoice === "string") return toolChoice;
  const named = all?.find((tool) => tool.name === toolChoice.tool);
  return named?.type === "provider" ? ({ type: named.name } as Choice) : { type: "function", name: toolChoice.tool };
};
