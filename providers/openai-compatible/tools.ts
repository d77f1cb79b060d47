import type { ChatCompletionTool } from "openai/resources/chat/completions/completions";
import { type GenerateRequest, type ResolvedFunctionTool, unsupported } from "../../src/kit/index.ts";
import type { ChatBody, ChatFields } from "./body.ts";
import type { Sender } from "./messages.ts";
import { inputSchema, type SentSchema, sentSchema } from "./schema.ts";

/** `tools`, `tool_choice` and `parallel_tool_calls`; nothing where the request has no tools. */
export const chatTools = (request: GenerateRequest, sender: Sender): ChatFields => {
  const { toolChoice, parallelToolCalls, tools } = request;
  const { quirks, concede } = sender;
  if (tools === undefined || tools.length === 0) return {};
  const sent = tools.map((tool, index): ChatCompletionTool => {
    if (tool.type === "function") return functionTool(tool, `tools[${index}].input`, sender);
    throw unsupported(sender.provider, sender.model, `tools[${index}]`, "Chat Completions runs no tools of its own.");
  });
  // A host that chooses by itself still cannot choose what it is not told of.
  if (toolChoice === "none" && !quirks.toolChoice) return {};
  if (toolChoice !== undefined && toolChoice !== "auto" && !quirks.toolChoice) {
    concede("parameter_dropped", "toolChoice", "The host chooses tools by itself.");
  }
  if (parallelToolCalls !== undefined && !quirks.parallelToolCalls) {
    concede("parameter_dropped", "parallelToolCalls", "The host decides by itself how many tools are called at once.");
  }
  return {
    tools: sent,
    ...(toolChoice !== undefined && quirks.toolChoice && { tool_choice: choice(toolChoice, sender) }),
    ...(parallelToolCalls !== undefined && quirks.parallelToolCalls && { parallel_tool_calls: parallelToolCalls }),
  };
};

const choice = (
  toolChoice: NonNullable<GenerateRequest["toolChoice"]>,
  { quirks }: Sender,
): NonNullable<ChatBody["tool_choice"]> => {
  if (toolChoice === "required") return quirks.requiredTool;
  return typeof toolChoice === "string" ? toolChoice : { type: "function", function: { name: toolChoice.tool } };
};

const functionTool = (tool: ResolvedFunctionTool, path: string, sender: Sender): ChatCompletionTool => {
  const { name, description, input, strict = false } = tool;
  const { quirks } = sender;
  const refuse = (why: string): Error => unsupported(sender.provider, sender.model, path, why);
  const isStrict = strict && quirks.strict;
  if (strict && !isStrict) {
    sender.concede("schema_changed", path, "The host has no strict tools: the model is not held to the schema.");
  }
  const root = quirks.objectTools ? inputSchema(input, refuse) : input.schema;
  const { schema, strict: held }: SentSchema = isStrict
    ? sentSchema(input, path, sender.concede)
    : { schema: root, strict: false };
  return {
    type: "function",
    function: {
      name,
      parameters: { ...schema },
      ...(description !== undefined && { description }),
      ...(held && { strict: held }),
    },
  };
};
