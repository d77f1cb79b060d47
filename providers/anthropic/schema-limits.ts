import { isObject, type Json, type JsonSchema } from "../../src/kit/index.ts";

/** Some of these say which values are meant; without any, all are, which the vendor cannot say. */
const SAYS = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "properties"];
const LOCAL = /^#\/(?:\$defs|definitions)\/[^/]+$/;
const DEFINITIONS = ["$defs", "definitions"];

/**
 * Whether one schema, whatever is inside it, can be made a closed one: no map of names to values, no object of any kind, no
 * value of any kind, no reference to elsewhere (platform.claude.com, "Structured outputs", limitations).
 */
export const isExpressible = (schema: JsonSchema): boolean => {
  if (!SAYS.some((key) => key in schema)) return false;
  if (isObject(schema["additionalProperties"]) || isObject(schema["patternProperties"])) return false;
  const isOpen = schema["type"] === "object" && schema["additionalProperties"] !== false;
  if (isOpen && !isObject(schema["properties"]) && !("allOf" in schema)) return false;
  if (LITERALS.some((key) => key in schema && !isPlain(schema[key] ?? null)) && !("type" in schema)) return false;
  const { allOf } = schema;
  if (Array.isArray(allOf) && allOf.some((each) => isObject(each) && "$ref" in each)) return false;
  return typeof schema["$ref"] !== "string" || LOCAL.test(schema["$ref"]);
};

const LITERALS = ["enum", "const"];

/** Words, figures and the like, or a list of them. */
export const isPlain = (value: Json): boolean =>
  Array.isArray(value) ? value.every((each) => typeof each !== "object" || each === null) : !isObject(value);

/** Whether a definition leads back to itself. */
export const isRecursive = (schema: JsonSchema): boolean => {
  const leads = new Map<string, ReadonlySet<string>>();
  for (const key of DEFINITIONS) {
    const all = schema[key];
    if (!isObject(all)) continue;
    for (const [name, each] of Object.entries(all)) leads.set(`#/${key}/${name}`, references(each));
  }
  return [...leads.keys()].some((name) => reaches(name, name, leads, new Set()));
};

const reaches = (
  from: string,
  wanted: string,
  leads: ReadonlyMap<string, ReadonlySet<string>>,
  seen: Set<string>,
): boolean => {
  for (const next of leads.get(from) ?? []) {
    if (next === wanted) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(next, wanted, leads, seen)) return true;
  }
  return false;
};

const references = (value: Json): ReadonlySet<string> => {
  const found = new Set<string>();
  const walk = (inner: Json): void => {
    if (Array.isArray(inner)) for (const each of inner) walk(each);
    else if (isObject(inner)) {
      if (typeof inner["$ref"] === "string") found.add(inner["$ref"]);
      for (const each of Object.values(inner)) walk(each);
    }
  };
  walk(value);
  return found;
};
