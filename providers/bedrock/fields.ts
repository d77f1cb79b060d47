import { isObject, type Json, type JsonObject } from "../../src/kit/index.ts";

/** A text of the vendor's; empty where there is none. */
export const text = (fields: JsonObject, key: string): string => {
  const value = fields[key];
  return typeof value === "string" ? value : "";
};

/** The objects of a list of the vendor's. */
export const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** An object inside; empty where there is none. */
export const inside = (fields: JsonObject, key: string): JsonObject => {
  const value = fields[key];
  return isObject(value) ? value : {};
};
