import type { Json, JsonSchema } from "../contract/index.ts";
import { fitsFilled, MAX_DEPTH } from "./check-schema.ts";
import { resolveReference } from "./resolve-reference.ts";

type Fields = { readonly [key: string]: Json };
interface Place {
  readonly root: JsonSchema;
  readonly depth: number;
  readonly fits: (schema: unknown, value: unknown) => boolean;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Strict modes make a model fill in every property, with `null` where the caller's schema makes it optional. Such nulls
 * are taken out again, where the schema does not itself allow null there. Of alternatives, the first that fits counts.
 */
export const withoutFilledNulls = (value: Json, schema: JsonSchema): Json =>
  strip(value, schema, { root: schema, depth: 0, fits: fitsFilled(schema) });

const strip = (value: Json, schema: unknown, place: Place): Json => {
  if (typeof value !== "object" || value === null || !isFields(schema) || place.depth > MAX_DEPTH) return value;
  const deeper = { ...place, depth: place.depth + 1 };
  const { $ref: reference, anyOf, oneOf, items } = schema;
  if (typeof reference === "string") return strip(value, resolveReference(reference, place.root), deeper);
  for (const alternatives of [anyOf, oneOf]) {
    const chosen = Array.isArray(alternatives) ? alternatives.find((each) => place.fits(each, value)) : undefined;
    if (chosen !== undefined) return strip(value, chosen, deeper);
  }
  if (isFields(value)) return stripFields(value, schema, deeper);
  return (value as readonly Json[]).map((each) => strip(each, items, deeper));
};

const stripFields = (value: Fields, schema: Fields, place: Place): Json => {
  const { properties, required } = schema;
  if (!isFields(properties)) return value;
  const needed = Array.isArray(required) ? required : [];
  const isFilled = (name: string): boolean =>
    Object.hasOwn(properties, name) && !needed.includes(name) && !place.fits(properties[name], null);
  const kept = Object.entries(value).filter(([name, each]) => each !== null || !isFilled(name));
  return Object.fromEntries(kept.map(([name, each]) => [name, strip(each, ruleOf(properties, name), place)]));
};

const ruleOf = (properties: Fields, name: string): Json | undefined =>
  Object.hasOwn(properties, name) ? properties[name] : undefined;
