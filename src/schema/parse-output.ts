import type { Issue, Json, JsonSchema, Schema, SchemaIssue, SchemaResult } from "../contract/index.ts";
import { withoutFilledNulls } from "./without-filled-nulls.ts";

export type ParsedOutput<T> = { readonly value: T } | { readonly issues: readonly Issue[] };

/** Models that were asked for JSON put it into a fence at times; one around the whole is taken off, nothing else. */
const FENCE = "```";

/** Text to a checked value. Issues name the place and what was expected there, never what was found. */
export const parseOutput = async <T>(schema: Schema<T>, json: JsonSchema, text: string): Promise<ParsedOutput<T>> => {
  let data: Json;
  try {
    data = JSON.parse(unfenced(text.trim())) as Json;
  } catch {
    return { issues: [{ path: "output", message: "expected JSON" }] };
  }
  const result = await validated(schema, withoutFilledNulls(data, json));
  if (result.issues === undefined) return { value: result.value };
  return { issues: result.issues.map(toIssue) };
};

/** A schema's own code may throw. What it says may quote the answer, so its kind alone is told. */
const validated = async <T>(schema: Schema<T>, value: Json): Promise<SchemaResult<T>> => {
  try {
    return await schema["~standard"].validate(value);
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    return { issues: [{ message: `could not be checked: the schema threw a plain ${kind}` }] };
  }
};

const unfenced = (text: string): string => {
  if (!text.startsWith(FENCE) || !text.endsWith(FENCE) || text.length < 2 * FENCE.length) return text;
  const firstLine = text.indexOf("\n");
  return firstLine < 0 ? text : text.slice(firstLine + 1, -FENCE.length);
};

/** `output.items[0].title`. */
const toIssue = ({ path = [], message }: SchemaIssue): Issue => {
  const keys = path.map((key) => (typeof key === "object" ? key.key : key));
  return {
    path: `output${keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`,
    message,
  };
};
