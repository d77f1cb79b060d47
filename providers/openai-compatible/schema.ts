import {
  type Concede,
  type GenerateRequest,
  type JsonSchema,
  type ResolvedSchema,
  strictSchema,
} from "../../src/kit/index.ts";
import type { ChatFields, MessageParam } from "./body.ts";
import type { ChatQuirks } from "./quirks.ts";

export interface SentSchema {
  readonly schema: JsonSchema;
  readonly strict: boolean;
}

/** A schema as strict mode takes it, or as it is where strict mode cannot say it. The answer is checked by the gateway anyway. */
export const sentSchema = ({ schema }: ResolvedSchema, path: string, concede: Concede): SentSchema => {
  const strict = strictSchema(schema);
  if (strict.expressible) return { schema: strict.schema, strict: true };
  concede("schema_changed", path, `Strict mode cannot express ${path}: the model is not held to it.`);
  return { schema, strict: false };
};

/**
 * The schema of a tool's input, which OpenAI wants to be an object's at the root, and nothing else there ("schema must have
 * type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level").
 */
export const inputSchema = ({ schema }: ResolvedSchema, refuse: (why: string) => Error): JsonSchema => {
  const isBound = ["$ref", "oneOf", "anyOf", "allOf", "enum", "not"].some((rule) => schema[rule] !== undefined);
  if (isBound || (schema["type"] ?? "object") !== "object") throw refuse("the input of a tool must be an object.");
  return schema["type"] === undefined ? { type: "object", ...schema } : schema;
};

/** `response_format`, as far as the host has it. */
export const outputFormat = ({ output }: GenerateRequest, quirks: ChatQuirks, concede: Concede): ChatFields => {
  if (output === undefined) return {};
  if (quirks.output === "json_schema") {
    const { schema, ...held } = quirks.strict ? sentSchema(output, "output", concede) : { schema: output.schema };
    return {
      response_format: { type: "json_schema", json_schema: { name: output.name, schema: { ...schema }, ...held } },
    };
  }
  concede("schema_changed", "output", "The host takes no schema: the model is told of it in words.");
  return quirks.output === "json_object" ? { response_format: { type: "json_object" } } : {};
};

/** The schema as a system message, for hosts that have no other way (and that want the word JSON in the prompt). */
export const schemaInWords = ({ output }: GenerateRequest, quirks: ChatQuirks): readonly MessageParam[] => {
  if (output === undefined || quirks.output === "json_schema") return [];
  const content = `Answer with JSON alone, of this JSON Schema:\n${JSON.stringify(output.schema)}`;
  return [{ role: quirks.systemRole, content }];
};
