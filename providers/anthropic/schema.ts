import { isObject, type Json, type JsonSchema } from "../../src/kit/index.ts";
import { isExpressible, isPlain, isRecursive } from "./schema-limits.ts";

/** A schema as Anthropic takes it, and what of the original it cannot hold the model to. */
export interface AnthropicSchema {
  readonly schema: JsonSchema;
  /** Keywords that moved into descriptions: told to the model, enforced only by the check here. */
  readonly unenforced: readonly string[];
  /** Whether what is allowed by the original is allowed by `schema`. If not, the model must not be held to it. */
  readonly expressible: boolean;
}

/** Keywords kept as they are (platform.claude.com, structured outputs; as the SDK's own `transformJSONSchema`). */
const KEPT = new Set(["type", "enum", "const", "title", "required", "$ref"]);
/** Annotations that constrain nothing. */
const IGNORED = new Set(["$schema", "$id", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"]);
const LITERALS = new Set(["enum", "const"]);
const MAPS = new Set(["properties", "$defs", "definitions"]);
/** Anthropic has no `oneOf`; the check here still does. */
const LISTS: Readonly<Record<string, string>> = { anyOf: "anyOf", oneOf: "anyOf", allOf: "allOf" };
const FORMATS = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]);

const seen = new WeakMap<JsonSchema, AnthropicSchema>();

/**
 * Anthropic's strict modes take a subset of JSON Schema: closed objects, no ranges, no lengths, few formats. What lies
 * outside it moves into the description, where the model reads it; the answer is checked here against the original.
 */
export const anthropicSchema = (original: JsonSchema): AnthropicSchema => {
  const known = seen.get(original);
  if (known !== undefined) return known;
  const loss: Loss = { unenforced: new Set(), expressible: !isRecursive(original) };
  const schema = rewrite(original, loss);
  const made = { schema, unenforced: [...loss.unenforced], expressible: loss.expressible };
  seen.set(original, made);
  return made;
};

interface Loss {
  readonly unenforced: Set<string>;
  expressible: boolean;
}

const rewrite = (from: JsonSchema, loss: Loss): JsonSchema => {
  const kept: Record<string, Json> = {};
  const told: string[] = [];
  if (!isExpressible(from)) loss.expressible = false;
  for (const [key, value] of Object.entries(from)) {
    const taken = IGNORED.has(key) || key === "description" || keep(key, value, kept, loss);
    if (taken || isClosed(key, value)) continue;
    told.push(`${key}: ${JSON.stringify(value)}`);
    loss.unenforced.add(key);
  }
  if (describesObject(from)) Object.assign(kept, { type: from["type"] ?? "object", additionalProperties: false });
  const description = describe(from["description"], told);
  return description === undefined ? kept : { ...kept, description };
};

const describesObject = ({ type, properties }: JsonSchema): boolean =>
  type === "object" || (Array.isArray(type) && type.includes("object")) || isObject(properties);

/** `additionalProperties: true` is JSON Schema's default and says no more than its absence. */
const isClosed = (key: string, value: Json): boolean => key === "additionalProperties" && typeof value === "boolean";

/** Whether the keyword could be kept. */
const keep = (key: string, value: Json, kept: Record<string, Json>, loss: Loss): boolean => {
  const inner = (schema: Json): Json => (isObject(schema) ? rewrite(schema, loss) : schema);
  const list = LISTS[key];
  if (LITERALS.has(key) && !isPlain(value)) return false;
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
