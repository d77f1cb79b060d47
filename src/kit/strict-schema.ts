import type { Json, JsonSchema } from "../contract/index.ts";
import { isObject } from "./json.ts";

export interface StrictSchema {
  readonly schema: JsonSchema;
  /** Whether the schema had to be changed. */
  readonly changed: boolean;
  /** Whether strict modes can express it at all: open records and mixed objects they cannot. */
  readonly expressible: boolean;
}

/**
 * A schema as strict modes want it (OpenAI's rules): no additional properties, every property required, what was optional
 * nullable instead. The answer is checked against the caller's own schema all the same.
 */
export const strictSchema = (schema: JsonSchema): StrictSchema => {
  const seen = { changed: false, expressible: true };
  const strict = walk(schema, seen) as JsonSchema;
  return { schema: strict, ...seen };
};

interface Seen {
  changed: boolean;
  expressible: boolean;
}

/** Where schemas stand inside a schema: alone, in a list, or by name. */
const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"] as const;
const NAMED = ["$defs", "definitions"] as const;

const walk = (schema: Json, seen: Seen): Json => {
  if (!isObject(schema)) return schema;
  const strict: Record<string, Json> = { ...schema };
  for (const key of LISTS) {
    const list = schema[key];
    if (Array.isArray(list)) strict[key] = list.map((each: Json) => walk(each, seen));
  }
  for (const key of NAMED) {
    const named = schema[key];
    if (isObject(named)) strict[key] = mapped(named, (each) => walk(each, seen));
  }
  const { items } = schema;
  if (items !== undefined) strict["items"] = walk(items, seen);
  if (schema["type"] === "object" || isObject(schema["properties"])) closeObject(schema, strict, seen);
  return strict;
};

const closeObject = (schema: { readonly [key: string]: Json }, strict: Record<string, Json>, seen: Seen): void => {
  const { additionalProperties, properties, required } = schema;
  if (isObject(additionalProperties) || additionalProperties === true) seen.expressible = false;
  if (additionalProperties !== false) seen.changed = true;
  strict["additionalProperties"] = false;
  const fields = isObject(properties) ? properties : {};
  const needed = Array.isArray(required) ? required : [];
  strict["properties"] = mapped(fields, (field, name) => {
    const walked = walk(field, seen);
    if (needed.includes(name)) return walked;
    seen.changed = true;
    return nullable(walked);
  });
  strict["required"] = Object.keys(fields);
};

const nullable = (schema: Json): Json => ({ anyOf: [schema, { type: "null" }] });

const mapped = (
  record: { readonly [key: string]: Json },
  fn: (value: Json, key: string) => Json,
): { readonly [key: string]: Json } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value, key)]));
