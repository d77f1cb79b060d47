import type { Json, JsonSchema, Schema, SchemaIssue, SchemaResult } from "../contract/index.ts";
import { checkSchema } from "./check-schema.ts";

/**
 * A plain JSON Schema as a schema for `output` and tools. With `validate`, that decides and types the value: it throws, or
 * answers the value, now or later. Without, the value is held to the schema itself, as far as `checkSchema` reads it.
 */
export const jsonSchema = <T = Json>(schema: JsonSchema, validate?: (value: unknown) => T | Promise<T>): Schema<T> => ({
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

const tried = <T>(
  validate: (value: unknown) => T | Promise<T>,
  value: unknown,
): SchemaResult<T> | Promise<SchemaResult<T>> => {
  try {
    const found = validate(value);
    return found instanceof Promise ? found.then((later) => ({ value: later })).catch(refused) : { value: found };
  } catch {
    return refused();
  }
};

/** What the check said stays inside: it may quote the answer. */
const refused = (): { readonly issues: readonly SchemaIssue[] } => ({
  issues: [{ message: "is refused by its own check" }],
});
