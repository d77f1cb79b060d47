import type { Json, JsonSchema, Schema, SchemaResult } from "../contract/index.ts";
import { checkSchema } from "./check-schema.ts";

/**
 * A plain JSON Schema as a schema for `output` and tools. With `validate`, that decides and types the value; it throws, or
 * answers the value. Without, the value is held to the schema itself, as far as `checkSchema` reads it.
 */
export const jsonSchema = <T = Json>(schema: JsonSchema, validate?: (value: unknown) => T): Schema<T> => ({
  "~standard": {
    version: 1,
    vendor: "headgate",
    validate: (value) => (validate === undefined ? checked<T>(schema, value) : tried(validate, value)),
    jsonSchema: { input: () => ({ ...schema }), output: () => ({ ...schema }) },
  },
});

const checked = <T>(schema: JsonSchema, value: unknown): SchemaResult<T> => {
  const issues = checkSchema(schema, value);
  return issues.length === 0 ? { value: value as T } : { issues };
};

const tried = <T>(validate: (value: unknown) => T, value: unknown): SchemaResult<T> => {
  try {
    return { value: validate(value) };
  } catch {
    return { issues: [{ message: "is refused by its own check" }] };
  }
};
