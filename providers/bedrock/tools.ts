import type {
  Tool,
  ToolChoice,
  ToolConfiguration,
  ToolInputSchema,
  ToolSpecification,
} from "@aws-sdk/client-bedrock-runtime";
import type { Concede, GenerateRequest, ProviderTool, ResolvedFunctionTool } from "../../src/kit/index.ts";
import type { ModelOptions } from "./options.ts";
import type { Prompt } from "./prompt.ts";
import type { Prompting } from "./prompting.ts";
import { bedrockSchema } from "./schema.ts";

/**
 * `toolConfig`; undefined where nobody needs one. Bedrock has no choice `none`: the tools are left out instead, unless the
 * history has calls, which must not stand without them.
 */
export const buildTools = (
  request: GenerateRequest,
  prompt: Prompt,
  model: ModelOptions,
  prompting: Prompting,
): ToolConfiguration | undefined => {
  const called = calledNames(prompt);
  const tools = request.tools ?? [];
  if (tools.length === 0) return called.size === 0 ? undefined : standIns(called, prompting.concede);
  if (request.toolChoice === "none") {
    if (called.size === 0) return undefined;
    const why = "Bedrock has no way to say so while the history has tool calls: the model may call again.";
    prompting.concede("parameter_dropped", "toolChoice", why);
  }
  const choice = toolChoice(request, model, prompting.concede);
  return {
    tools: tools.map((tool, index) =>
      tool.type === "function"
        ? { toolSpec: functionTool(tool, `tools[${index}]`, prompting.concede) }
        : providerTool(tool, `tools[${index}]`, prompting),
    ),
    ...(choice !== undefined && { toolChoice: choice }),
  };
};

/** Whether the model must call a tool. */
export const isForced = (config: ToolConfiguration | undefined): boolean =>
  config?.toolChoice?.any !== undefined || config?.toolChoice?.tool !== undefined;

/** Says which of a schema's rules the vendor does not hold the model to. */
export const concedeSchema = (unenforced: readonly string[], path: string, concede: Concede): void => {
  if (unenforced.length === 0) return;
  const rules = unenforced.join(", ");
  concede("schema_changed", path, `Bedrock does not enforce ${rules}: told to the model as a description.`);
};

/** Tools that the history calls, by name, and whether Bedrock runs them itself. */
const calledNames = ({ messages }: Prompt): ReadonlyMap<string, boolean> =>
  new Map(
    messages.flatMap(({ content }) =>
      content.flatMap(({ toolUse }): (readonly [string, boolean])[] =>
        toolUse?.name === undefined ? [] : [[toolUse.name, toolUse.type !== undefined]],
      ),
    ),
  );

/** A history with calls is answered with 400 where no tools are declared. */
const standIns = (called: ReadonlyMap<string, boolean>, concede: Concede): ToolConfiguration => {
  concede("other", "tools", "Bedrock wants the history's tools declared: they were, by their names alone.");
  const tools = [...called].map(
    ([name, isVendors]): Tool =>
      isVendors ? { systemTool: { name } } : { toolSpec: { name, inputSchema: { json: { type: "object" } } } },
  );
  return { tools };
};

const functionTool = (tool: ResolvedFunctionTool, path: string, concede: Concede): ToolSpecification => {
  const { name, description, strict, input } = tool;
  // A blank description is answered with 400.
  const told = description !== undefined && description.trim() !== "" && { description };
  if (strict !== true) {
    const json = { ...input.schema, type: "object" } as JsonDocument;
    return { name, ...told, inputSchema: { json }, ...(strict === false && { strict }) };
  }
  const { schema, unenforced } = bedrockSchema(input.schema);
  concedeSchema(unenforced, `${path}.input`, concede);
  return { name, ...told, inputSchema: { json: { ...schema, type: "object" } as JsonDocument }, strict };
};

type JsonDocument = ToolInputSchema.JsonMember["json"];

/** Tools that Bedrock runs itself, such as `nova_grounding`. */
const providerTool = (tool: ProviderTool, path: string, prompting: Prompting): Tool => {
  if (tool.provider !== prompting.provider) {
    throw prompting.unsupported(path, `the tool ${tool.name} is of ${tool.provider}.`);
  }
  if (tool.options !== undefined) {
    prompting.concede("parameter_dropped", `${path}.options`, "Bedrock's own tools take no options.");
  }
  return { systemTool: { name: tool.name } };
};

const toolChoice = (
  { toolChoice: choice }: GenerateRequest,
  model: ModelOptions,
  concede: Concede,
): ToolChoice | undefined => {
  if (choice === undefined || choice === "none") return undefined;
  if (choice === "auto") return { auto: {} };
  const why = forbids(model);
  if (why !== undefined) {
    concede("parameter_dropped", "toolChoice", why);
    return undefined;
  }
  return choice === "required" ? { any: {} } : { tool: { name: choice.tool } };
};

const forbids = ({ toolChoice, reasoning }: ModelOptions): string | undefined => {
  if (!toolChoice) return "No tool can be forced on this model.";
  return reasoning === "always" ? "This model always thinks, and no tool can be forced on it." : undefined;
};
