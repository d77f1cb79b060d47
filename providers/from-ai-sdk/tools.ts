import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4ProviderTool,
  LanguageModelV4ToolChoice,
} from "@ai-sdk/provider";
import {
  type GenerateRequest,
  type JsonSchema,
  type ProviderTool,
  type ResolvedFunctionTool,
  strictSchema,
} from "../../src/kit/index.ts";
import type { Sender } from "./sender.ts";

type SentTool = LanguageModelV4FunctionTool | LanguageModelV4ProviderTool;
type SentSchema = LanguageModelV4FunctionTool["inputSchema"];

export interface SentTools {
  tools?: SentTool[];
  toolChoice?: LanguageModelV4ToolChoice;
}

/** `tools` and `toolChoice`; nothing where the request has no tools. */
export const buildTools = (request: GenerateRequest, sender: Sender): SentTools => {
  const { tools, toolChoice, parallelToolCalls } = request;
  if (tools === undefined || tools.length === 0) return {};
  if (parallelToolCalls !== undefined) {
    sender.concede(
      "parameter_dropped",
      "parallelToolCalls",
      `The AI SDK has no word for parallel tool calls: say it in providerOptions.${sender.provider}, as its "${sender.key}" does.`,
    );
  }
  return {
    tools: tools.map((tool, at) =>
      tool.type === "provider" ? providerTool(tool, sender) : functionTool(tool, `tools[${at}]`, sender),
    ),
    ...(toolChoice !== undefined && { toolChoice: choice(toolChoice) }),
  };
};

const choice = (toolChoice: NonNullable<GenerateRequest["toolChoice"]>): LanguageModelV4ToolChoice =>
  typeof toolChoice === "string" ? { type: toolChoice } : { type: "tool", toolName: toolChoice.tool };

const functionTool = (tool: ResolvedFunctionTool, path: string, sender: Sender): SentTool => {
  const { name, description, input, strict } = tool;
  const held = strict === true ? heldSchema(input.schema, path, sender) : undefined;
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    inputSchema: asSent(held ?? input.schema),
    ...(sender.version !== "v2" && strict !== undefined && { strict: held !== undefined }),
  };
};

/** The schema as strict modes take it; undefined where the model is not held to it. */
const heldSchema = (schema: JsonSchema, path: string, { version, concede }: Sender): JsonSchema | undefined => {
  if (version === "v2") {
    concede(
      "schema_changed",
      `${path}.strict`,
      "AI SDK models of V2 have no strict tools: the model is not held to it.",
    );
    return undefined;
  }
  const strict = strictSchema(schema);
  if (strict.expressible) return strict.schema;
  concede("schema_changed", `${path}.input`, `Strict mode cannot express ${path}.input: the model is not held to it.`);
  return undefined;
};

/** An id is `<provider>.<tool>`; a name that says both already stays as it is. */
const providerTool = ({ name, options }: ProviderTool, { version, key }: Sender): SentTool => {
  const dot = name.indexOf(".");
  const type = version === "v2" ? "provider-defined" : "provider";
  return {
    type: type as "provider",
    id: (dot < 0 ? `${key}.${name}` : name) as `${string}.${string}`,
    name: dot < 0 ? name : name.slice(dot + 1),
    args: { ...options },
  };
};

/** The schema of an answer: as strict modes take it where they can say it, since which models are strict is not known. */
export const outputFormat = ({ output }: GenerateRequest): object => {
  if (output === undefined) return {};
  const strict = strictSchema(output.schema);
  const schema = asSent(strict.expressible ? strict.schema : output.schema);
  return { responseFormat: { type: "json", name: output.name, schema } };
};

/** Both are JSON Schema; the SDK's type of it is of an older draft. */
const asSent = (schema: JsonSchema): SentSchema => schema as SentSchema;
