import { type Concede, type JsonSchema, type ResolvedSchema, strictSchema } from "../../src/kit/index.ts";

export interface SentSchema {
  readonly schema: JsonSchema;
  readonly strict: boolean;
}

/** A schema as strict mode takes it, or as it is where strict mode cannot say it. The answer is checked by the gateway anyway. */
export const sentSchema = ({ schema }: ResolvedSchema, path: string, concede: Concede): SentSchema => {
  const strict = strictSchema(schema);
  if (strict.expressible) return { schema: strict.schema, strict: true };
  concede("schema_changed", path, `OpenAI's strict mode cannot express ${path}: the model is not held to it.`);
  return { schema, strict: false };
};
