import { isObject, type Json, type JsonSchema } from "../../src/kit/index.ts";

/** A schema as Bedrock takes it, and what of the original it cannot hold the model to. */
export interface BedrockSchema {
  readonly schema: JsonSchema;
  /** Keywords that moved into descriptions: told to the model, enforced only by the check here. */
  readonly unenforced: readonly string[];
}

/** Keywords kept as they are (Bedrock's user guide, structured outputs). */
const KEPT = new Set(["type", "enum", "const", "title", "required", "$ref"]);
/** Annotations that constrain nothing. */
const IGNORED = new Set(["$schema", "$id", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"]);
const MAPS = new Set(["properties", "$defs", "definitions"]);
/** There is no `oneOf`; the check here still does it. */
const LISTS: Readonly<Record<string, string>> = { anyOf: "anyOf", oneOf: "anyOf", allOf: "allOf" };
const FORMATS = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]);

const seen = new WeakMap<JsonSchema, BedrockSchema>();

/**
 * Structured outputs and strict tools take a subset of JSON Schema: closed objects, no ranges, no lengths, few formats. What
 * lies outside it moves into the description, where the model reads it; the answer is checked here against the original.
 */
export const bedrockSchema = (original: JsonSchema): BedrockSchema => {
  const known = seen.get(original);
  if (known !== undefined) return known;
  const unenforced = new Set<string>();
  const made = { schema: rewrite(original, unenforced), unenforced: [...unenforced] };
  seen.set(original, made);
  return made;
};

const rewrite = (from: JsonSchema, unenforced: Set<string>): JsonSchema => {
  const kept: Record<string, Json> = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(from)) {
    const isTaken = IGNORED.has(key) || key === "description" || keep(key, value, kept, unenforced);
    // An open or closed object says what its absence says: objects are closed below.
    if (isTaken || (key === "additionalProperties" && typeof value === "boolean")) continue;
    told.push(`${key}: ${JSON.stringify(value)}`);
    unenforced.add(key);
  }
  if (describesObject(from)) Object.assign(kept, { type: from["type"] ?? "object", additionalProperties: false });
  const description = describe(from["description"], told);
  return description === undefined ? kept : { ...kept, description };
};

const describesObject = ({ type, properties }: JsonSchema): boolean =>
  type === "object" || (Array.isArray(type) && type.includes("object")) || isObject(properties);

/** Whether the keyword could be kept. */
const keep = (key: string, value: Json, kept: Record<string, Json>, unenforced: Set<string>): boolean => {
  const inner = (schema: Json): Json => (isObject(schema) ? rewrite(schema, unenforced) : schema);
  const list = LISTS[key];
  if (KEPT.has(key)) kept[key] = value;
  else if (MAPS.has(key) && isObject(value)) kept[key] = mapValues(value, inner);
  else if (list !== undefined && Array.isArray(value)) kept[list] = value.map(inner);
  else if (key === "items" && isObject(value)) kept[key] = inner(value);
  else if (key === "minItems" && (value === 0 || value === 1)) kept[key] = value;
  else if (key === "format" && typeof value === "string" && FORMATS.has(value)) kept[key] = value;
  else return false;
  return true;
};

const mapValues = (map: { readonly [key: string]: Json }, change: (value: Json) => Json): Json =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

const describe = (own: Json | undefined, told: readonly string[]): string | undefined => {
  const text = typeof own === "string" ? own : undefined;
  if (told.length === 0) return text;
  const rules = `{${told.join(", ")}}`;
  return text === undefined ? rules : `${text}\n\n${rules}`;
};
