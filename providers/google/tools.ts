import type { FunctionDeclaration, Tool, ToolConfig } from "@google/genai";
import type {
  Concede,
  GenerateRequest,
  Json,
  JsonObject,
  ProviderTool,
  ResolvedFunctionTool,
} from "../../src/kit/index.ts";
import type { GoogleRequestOptions } from "./options.ts";
import type { Prompting } from "./prompting.ts";
import { geminiSchema } from "./schema.ts";
import type { Worded } from "./worded.ts";

/** The tools that the vendor runs (SDK 3.3): the SDK leaves out what it does not know without a word. */
const VENDOR_TOOLS = [
  "googleSearch",
  "googleSearchRetrieval",
  "googleMaps",
  "urlContext",
  "codeExecution",
  "computerUse",
  "fileSearch",
  "retrieval",
  "enterpriseWebSearch",
  "exaAiSearch",
  "parallelAiSearch",
] as const satisfies readonly (keyof Tool)[];

export interface ToolParams {
  readonly tools?: Worded<Tool>[];
  readonly toolConfig?: Worded<ToolConfig>;
}

/** `tools` and `toolConfig`; nothing where the request has no tools. */
export const buildTools = (
  request: GenerateRequest,
  options: GoogleRequestOptions,
  prompting: Prompting & { readonly vertex: boolean },
): ToolParams => {
  const { tools: wanted = [] } = request;
  const { retrievalConfig } = options;
  if (wanted.length === 0) return retrievalConfig === undefined ? {} : { toolConfig: { retrievalConfig } };
  const functions: FunctionDeclaration[] = [];
  const vendors: Worded<Tool>[] = [];
  wanted.forEach((tool, index) => {
    const path = `tools[${index}]`;
    if (tool.type === "function") functions.push(declaration(tool, path, prompting));
    else vendors.push(vendorTool(tool, path, prompting));
  });
  const calling = callingConfig(request, functions, prompting);
  const pieces = options.streamToolInput === true && functions.length > 0;
  const toolConfig = {
    ...((calling !== undefined || pieces) && {
      functionCallingConfig: { ...calling, ...(pieces && { streamFunctionCallArguments: true }) },
    }),
    ...(retrievalConfig !== undefined && { retrievalConfig }),
    // What the vendor ran must come back with what the caller ran, and does so only where it is asked for.
    ...(functions.length > 0 && vendors.length > 0 && !prompting.vertex && { includeServerSideToolInvocations: true }),
  };
  return {
    tools: [...(functions.length > 0 ? [{ functionDeclarations: functions }] : []), ...vendors],
    ...(Object.keys(toolConfig).length > 0 && { toolConfig }),
  };
};

const declaration = (tool: ResolvedFunctionTool, path: string, prompting: Prompting): FunctionDeclaration => {
  if (!/^[A-Za-z_]/.test(tool.name)) {
    throw prompting.unsupported(`${path}.name`, "Gemini takes names of tools that begin with a letter or `_`.");
  }
  const { schema, unenforced } = geminiSchema(tool.input.schema);
  concedeSchema(unenforced, `${path}.input`, prompting.concede);
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    parametersJsonSchema: { ...schema, type: "object" },
  };
};

/** Says which of a schema's rules the vendor does not hold the model to. */
export const concedeSchema = (unenforced: readonly string[], path: string, concede: Concede): void => {
  if (unenforced.length === 0) return;
  const message = `Gemini does not enforce ${unenforced.join(", ")}: told to the model as a description.`;
  concede("schema_changed", path, message);
};

/** `google_search` and `googleSearch` are the same. */
const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const vendorTool = (tool: ProviderTool, path: string, prompting: Prompting): Worded<Tool> => {
  if (tool.provider !== prompting.provider) {
    throw prompting.unsupported(path, `the tool ${tool.name} is of ${tool.provider}.`);
  }
  const name = VENDOR_TOOLS.find((each) => each === camelCase(tool.name));
  if (name === undefined) throw prompting.unsupported(path, `Gemini has no tool of its own named ${tool.name}.`);
  const settings: Json | JsonObject = tool.options ?? {};
  return { [name]: settings };
};

type Calling = NonNullable<NonNullable<ToolParams["toolConfig"]>["functionCallingConfig"]>;

const callingConfig = (
  { tools = [], toolChoice, parallelToolCalls }: GenerateRequest,
  functions: readonly FunctionDeclaration[],
  prompting: Prompting,
): Calling | undefined => {
  const { concede } = prompting;
  if (parallelToolCalls === false) {
    concede("parameter_dropped", "parallelToolCalls", "Gemini cannot be kept from calling several tools at once.");
  }
  if (typeof toolChoice === "object") {
    if (functions.some(({ name }) => name === toolChoice.tool)) {
      return { mode: "ANY", allowedFunctionNames: [toolChoice.tool] };
    }
    throw prompting.unsupported("toolChoice", "Gemini can be made to call a tool that the application runs, no other.");
  }
  if (toolChoice === "required") return { mode: "ANY" };
  if (toolChoice === "none") return { mode: "NONE" };
  // Calls are held to their schemas in this mode, and otherwise the model's to choose as in AUTO.
  if (tools.some((tool) => tool.type === "function" && tool.strict === true)) return { mode: "VALIDATED" };
  return toolChoice === "auto" ? { mode: "AUTO" } : undefined;
};
