import {
  GatewayError,
  type GenerateRequest,
  type JsonSchema,
  type Message,
  type ProviderTool,
  type Request,
  type ResolvedFunctionTool,
  type ResolvedSchema,
  type Schema,
  type Tool,
} from "../contract/index.ts";
import { objectRoot } from "../schema/object-root.ts";
import { isJson, isRecord } from "./issues.ts";

/** A checked request in the one spelling that providers read. */
export const normalize = (request: Request): GenerateRequest => {
  const { system, prompt, messages, tools, output } = request;
  const spelt: Record<string, unknown> = {
    messages: history(system, prompt === undefined ? messages : [{ role: "user", content: prompt }]),
  };
  for (const key of PASSED) if (request[key] !== undefined) spelt[key] = request[key];
  if (tools !== undefined && tools.length > 0)
    spelt["tools"] = tools.map((tool, index) => resolveTool(tool, `tools[${index}].input`));
  if (output !== undefined) spelt["output"] = resolveOutput(output);
  return spelt as unknown as GenerateRequest;
};

const PASSED = [
  "toolChoice",
  "parallelToolCalls",
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "stop",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "reasoning",
  "user",
  "conversation",
  "promptCache",
  "strict",
  "providerOptions",
] as const satisfies readonly (keyof GenerateRequest & keyof Request)[];

const history = (system: string | undefined, messages: readonly Message[] = []): readonly Message[] =>
  system === undefined ? messages : [{ role: "system", content: system }, ...messages];

const resolveTool = (tool: Tool, path: string): ResolvedFunctionTool | ProviderTool => {
  if (tool.type === "provider") return tool;
  const { name, description, input, strict } = tool;
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    input: resolveSchema(input, name, path),
    ...(strict !== undefined && { strict }),
  };
};

const resolved = new WeakMap<Schema, JsonSchema>();

/** A schema is turned into JSON Schema once, however often it is used. */
const resolveSchema = (schema: Schema, name: string, path: string): ResolvedSchema => {
  let json = resolved.get(schema);
  if (json === undefined) {
    json = jsonSchemaOf(schema, path);
    resolved.set(schema, json);
  }
  return { name, schema: json };
};

const roots = new WeakMap<JsonSchema, ResolvedSchema>();

/** The schema of an answer, as vendors take it: an object at the root. */
const resolveOutput = (output: Schema): ResolvedSchema => {
  const { name, schema } = resolveSchema(output, "answer", "output");
  let root = roots.get(schema);
  if (root === undefined) {
    const { wrapped, ...rooted } = objectRoot(schema);
    root = { name, ...rooted, ...(wrapped && { wrapped }) };
    roots.set(schema, root);
  }
  return root;
};

/** Libraries throw for what JSON Schema cannot say (dates, functions, transforms). */
const jsonSchemaOf = (schema: Schema, path: string): JsonSchema => {
  try {
    const json = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    if (isRecord(json) && isJson(json)) return json as JsonSchema;
    throw new TypeError("not JSON");
  } catch (cause) {
    const message = "expected a schema that JSON Schema can express";
    throw new GatewayError("invalid_request", `${path}: ${message}.`, {
      details: { issues: [{ path, message }] },
      cause,
    });
  }
};
