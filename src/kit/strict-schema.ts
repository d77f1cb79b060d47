import type { Json, JsonSchema } from "../contract/index.ts";
import { isObject, type JsonObject } from "./json.ts";

export interface StrictSchema {
  readonly schema: JsonSchema;
  /** Whether the schema had to be changed. */
  readonly changed: boolean;
  /** Whether strict modes can express it at all: tuples, open records and intersections they cannot. */
  readonly expressible: boolean;
}

/**
 * A schema as strict modes want it (OpenAI's rules): an object at the root, no additional properties, every property
 * required, what was optional nullable instead, `anyOf` for `oneOf`, nothing beside a `$ref`. The answer is checked against
 * the caller's own schema all the same.
 */
export const strictSchema = (schema: JsonSchema): StrictSchema => {
  const seen = { changed: false, expressible: schema["type"] === "object" && schema["anyOf"] === undefined };
  const strict = walk(schema, seen) as JsonSchema;
  return { schema: strict, ...seen };
};

interface Seen {
  changed: boolean;
  expressible: boolean;
}

/** Rules that strict mode refuses (the list of openai 7.57, `lib/transform`; `oneOf` is on it, and is rewritten instead). */
const REFUSED: ReadonlySet<string> = new Set([
  "$anchor",
  "$dynamicAnchor",
  "$dynamicRef",
  "$recursiveAnchor",
  "$recursiveRef",
  "allOf",
  "contains",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "else",
  "if",
  "maxContains",
  "maxProperties",
  "minContains",
  "minProperties",
  "not",
  "patternProperties",
  "prefixItems",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
  "uniqueItems",
]);
/** Say nothing about which values fit, and are refused in places: left out. */
const NOTES: ReadonlySet<string> = new Set([
  "$comment",
  "$id",
  "$schema",
  "default",
  "deprecated",
  "examples",
  "readOnly",
  "writeOnly",
]);
/** What may stand beside a `$ref`; anything but these and its labels is a rule that would be lost. */
const KEPT: ReadonlySet<string> = new Set(["$ref", "$defs", "definitions"]);
const LABELS: ReadonlySet<string> = new Set([...KEPT, "description", "title"]);

const walk = (schema: Json, seen: Seen): Json => {
  if (!isObject(schema)) {
    seen.expressible = false;
    return schema;
  }
  const strict: Record<string, Json> = {};
  for (const [key, rule] of Object.entries(schema)) {
    if (NOTES.has(key)) seen.changed = true;
    else strict[key === "oneOf" ? "anyOf" : key] = inner(key, rule, seen);
    if (REFUSED.has(key)) seen.expressible = false;
  }
  if (schema["$ref"] !== undefined) return reference(strict, seen);
  if (schema["type"] === "object" || isObject(schema["properties"])) closeObject(schema, strict, seen);
  if (strict["type"] === undefined && strict["anyOf"] === undefined) seen.expressible = false;
  return strict;
};

/** The schemas inside a rule: alone, in a list, or by name. */
const inner = (key: string, rule: Json, seen: Seen): Json => {
  if (key === "oneOf") seen.changed = true;
  if (key === "items") return walk(rule, seen);
  if ((key === "anyOf" || key === "oneOf") && Array.isArray(rule)) return rule.map((each: Json) => walk(each, seen));
  if ((key === "$defs" || key === "definitions") && isObject(rule)) return mapped(rule, (each) => walk(each, seen));
  return rule;
};

const reference = (strict: JsonObject, seen: Seen): Json => {
  const keys = Object.keys(strict);
  if (keys.some((key) => !LABELS.has(key))) seen.expressible = false;
  if (keys.some((key) => !KEPT.has(key))) seen.changed = true;
  return Object.fromEntries(Object.entries(strict).filter(([key]) => KEPT.has(key)));
};

const closeObject = (schema: JsonObject, strict: Record<string, Json>, seen: Seen): void => {
  const { additionalProperties, properties, required } = schema;
  if (isObject(additionalProperties) || additionalProperties === true) seen.expressible = false;
  if (additionalProperties !== false) seen.changed = true;
  strict["type"] = schema["type"] ?? "object";
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

const mapped = (record: JsonObject, fn: (value: Json, key: string) => Json): JsonObject =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value, key)]));
