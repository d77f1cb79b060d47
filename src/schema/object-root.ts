import type { Json, JsonSchema } from "../contract/index.ts";
import { resolveReference } from "./resolve-reference.ts";

/** A schema that is an object at its root: the caller's own, or one that holds it. */
export interface ObjectRoot {
  readonly schema: JsonSchema;
  /** Whether the caller's schema is the property `value` of this one. */
  readonly wrapped: boolean;
}

type Fields = { readonly [key: string]: Json };

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The property that holds what is no object. */
const HOLDER = "value";
/** Stay at the root, where references look for them. */
const HOISTED: ReadonlySet<string> = new Set(["$schema", "$id", "$defs", "definitions"]);
/** What may stand beside a root's reference without narrowing it. */
const LABELS: ReadonlySet<string> = new Set([...HOISTED, "$ref", "title", "description", "$comment"]);
const MAX_STEPS = 100;

/**
 * Vendors that hold a model to a schema take only an object at its root. A list, a union, a word of an enum becomes the one
 * property of an object; a reference to an object becomes that object. `unwrapped` undoes it in the answer.
 */
export const objectRoot = (schema: JsonSchema): ObjectRoot => {
  const root = followed(schema);
  return isPlainObject(root) ? { schema: root, wrapped: false } : { schema: wrap(schema), wrapped: true };
};

/** What the model meant: the value inside its wrapping; as it is, if it left the wrapping out. */
export const unwrapped = (value: Json): Json => {
  if (!isFields(value) || !Object.hasOwn(value, HOLDER) || Object.keys(value).length > 1) return value;
  return value[HOLDER] ?? null;
};

const isPlainObject = ({ type, anyOf, oneOf, $ref: reference }: JsonSchema): boolean =>
  type === "object" && anyOf === undefined && oneOf === undefined && reference === undefined;

/** A root that only refers to another schema, as that schema. */
const followed = (schema: JsonSchema): JsonSchema => {
  let root = schema;
  for (let step = 0; step < MAX_STEPS && typeof root["$ref"] === "string"; step += 1) {
    const target = resolveReference(root["$ref"], schema);
    if (!isFields(target) || Object.keys(root).some((key) => !LABELS.has(key))) return schema;
    const { $ref: _, ...labels } = root;
    root = { ...target, ...labels };
  }
  return root;
};

const wrap = (schema: JsonSchema): JsonSchema => {
  const entries = Object.entries(schema);
  const defs = isFields(schema["$defs"]) ? schema["$defs"] : {};
  const name = freeName(defs);
  const moving: Moving = { home: `#/$defs/${name}`, moved: false };
  const hoisted = Object.fromEntries(
    entries.flatMap(([key, rule]) => (HOISTED.has(key) ? [[key, moveRule(key, rule, moving)]] : [])),
  );
  const inner = move(Object.fromEntries(entries.filter(([key]) => !HOISTED.has(key))), moving);
  // What refers to itself needs a name: strict modes follow no other path.
  const known = isFields(hoisted["$defs"]) ? hoisted["$defs"] : {};
  return {
    ...hoisted,
    ...(moving.moved && { $defs: { ...known, [name]: inner } }),
    type: "object",
    properties: { [HOLDER]: moving.moved ? { $ref: moving.home } : inner },
    required: [HOLDER],
    additionalProperties: false,
  };
};

const freeName = (defs: Fields): string => {
  let name = "answer";
  while (Object.hasOwn(defs, name)) name += "_";
  return name;
};

/** Where the old root lives now, and whether anything refers to it. */
interface Moving {
  readonly home: string;
  moved: boolean;
}

/** Values, not schemas: what looks like a reference in them is none. */
const VALUES: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
/** Schemas by names of the caller's own. */
const BY_NAME: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);

const move = (schema: Json, moving: Moving): Json => {
  if (Array.isArray(schema)) return schema.map((each: Json) => move(each, moving));
  if (!isFields(schema)) return schema;
  return mapped(schema, (rule, key) => moveRule(key, rule, moving));
};

const moveRule = (key: string, rule: Json, moving: Moving): Json => {
  if (VALUES.has(key)) return rule;
  if (BY_NAME.has(key) && isFields(rule)) return mapped(rule, (each) => move(each, moving));
  return key === "$ref" && typeof rule === "string" ? moveReference(rule, moving) : move(rule, moving);
};

/** References to what was hoisted still hold; those to the root, or into it, follow it. */
const moveReference = (reference: string, moving: Moving): string => {
  const isInto = reference === "#" || reference.startsWith("#/");
  if (!isInto || /^#\/(\$defs|definitions)\//.test(reference)) return reference;
  moving.moved = true;
  return moving.home + reference.slice(1);
};

/** Also names such as `__proto__`, which are properties like any other. */
const mapped = (record: Fields, fn: (value: Json, key: string) => Json): Fields =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value, key)]));
