import { isObject, type Json, type JsonObject } from "../../src/kit/index.ts";

/** Vendor-controlled: every field is looked at before it is used. */
export const string = (value: Json | undefined): string => (typeof value === "string" ? value : "");
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
