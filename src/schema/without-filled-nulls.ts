import type { Json, JsonSchema } from "../contract/index.ts";

type Fields = { readonly [key: string]: Json };
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Strict modes make a model fill in every property, with `null` where the caller's schema makes it optional. Such nulls
 * are taken out again, where the schema does not itself allow null there.
 */
export const withoutFilledNulls = (value: Json, schema: JsonSchema): Json => strip(value, schema);

const strip = (value: Json, schema: Json | undefined): Json => {
  if (!isFields(schema)) return value;
  if (Array.isArray(value)) return value.map((each: Json) => strip(each, schema["items"]));
  const { properties } = schema;
  if (!isFields(value) || !isFields(properties)) return value;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const kept = Object.entries(value).filter(
    ([name, each]) => each !== null || required.includes(name) || allowsNull(properties[name]),
  );
  return Object.fromEntries(kept.map(([name, each]) => [name, strip(each, properties[name])]));
};

/** What cannot be read plainly (references, unions) is taken to allow it. */
const allowsNull = (schema: Json | undefined): boolean => {
  if (!isFields(schema)) return true;
  const { type, anyOf, oneOf, $ref, enum: names } = schema;
  if ($ref !== undefined || oneOf !== undefined) return true;
  if (Array.isArray(anyOf)) return anyOf.some((each: Json) => allowsNull(each));
  if (Array.isArray(names)) return names.includes(null);
  return type === undefined || type === "null" || (Array.isArray(type) && type.includes("null"));
};
