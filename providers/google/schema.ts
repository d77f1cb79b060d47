import { isObject, type Json, type JsonSchema } from "../../src/kit/index.ts";

/** A schema as Gemini takes it, and what of the original it cannot hold the model to. */
export interface GeminiSchema {
  readonly schema: JsonSchema;
  /** Keywords that moved into descriptions: told to the model, enforced only by the check here. */
  readonly unenforced: readonly string[];
}

/** Keywords that `parametersJsonSchema` and `responseJsonSchema` support (SDK 3.3, `GenerateContentConfig.responseJsonSchema`). */
const KEPT = new Set(["$ref", "type", "format", "title", "minItems", "maxItems", "minimum", "maximum", "required"]);
/** Annotations that constrain nothing. */
const IGNORED = new Set(["$schema", "$id", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"]);
const MAPS: Readonly<Record<string, string>> = { properties: "properties", $defs: "$defs", definitions: "$defs" };
const LISTS = new Set(["anyOf", "oneOf", "prefixItems"]);
const INNER = new Set(["items", "additionalProperties"]);

const seen = new WeakMap<JsonSchema, GeminiSchema>();

/**
 * Gemini takes a subset of JSON Schema: no patterns, no lengths, no `const`, no intersections, enumerations of words and
 * numbers only. What lies outside it moves into the description, where the model reads it; the answer is checked here
 * against the original.
 */
export const geminiSchema = (original: JsonSchema): GeminiSchema => {
  const known = seen.get(original);
  if (known !== undefined) return known;
  const unenforced = new Set<string>();
  const made = { schema: rewrite(original, unenforced), unenforced: [...unenforced] };
  seen.set(original, made);
  return made;
};

const rewrite = (from: JsonSchema, unenforced: Set<string>): JsonSchema => {
  if (typeof from["$ref"] === "string") return reference(from, from["$ref"], unenforced);
  const kept: Record<string, Json> = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(from)) {
    if (IGNORED.has(key) || key === "description" || keep(key, value, kept, unenforced)) continue;
    told.push(`${key}: ${JSON.stringify(value)}`);
    unenforced.add(key);
  }
  const description = describe(from["description"], told);
  return description === undefined ? kept : { ...kept, description };
};

/** Beside a `$ref` nothing may stand but what begins with `$`. */
const reference = (from: JsonSchema, ref: string, unenforced: Set<string>): JsonSchema => {
  const kept: Record<string, Json> = { $ref: ref.replace(/^#\/definitions\//, "#/$defs/") };
  for (const [key, value] of Object.entries(from)) {
    if (MAPS[key] === "$defs") keep(key, value, kept, unenforced);
    else if (!IGNORED.has(key) && !["$ref", "description", "title"].includes(key)) unenforced.add(key);
  }
  return kept;
};

/** Whether the keyword could be kept. */
const keep = (key: string, value: Json, kept: Record<string, Json>, unenforced: Set<string>): boolean => {
  const inner = (schema: Json): Json => (isObject(schema) ? rewrite(schema, unenforced) : schema);
  const map = MAPS[key];
  if (KEPT.has(key)) kept[key] = value;
  else if (map !== undefined && isObject(value)) kept[map] = mapValues(value, inner);
  else if (LISTS.has(key) && Array.isArray(value)) kept[key] = value.map(inner);
  else if (INNER.has(key) && (isObject(value) || typeof value === "boolean")) kept[key] = inner(value);
  else if (key === "enum" && Array.isArray(value) && value.every(isWord)) kept[key] = value;
  else if (key === "const" && isWord(value)) kept["enum"] = [value];
  else return false;
  return true;
};

const isWord = (value: Json): boolean => typeof value === "string" || typeof value === "number";

const mapValues = (map: { readonly [key: string]: Json }, change: (value: Json) => Json): Json =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

const describe = (own: Json | undefined, told: readonly string[]): string | undefined => {
  const text = typeof own === "string" ? own : undefined;
  if (told.length === 0) return text;
  const rules = `{${told.join(", ")}}`;
  return text === undefined ? rules : `${text}\n\n${rules}`;
};
