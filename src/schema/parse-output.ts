import type { Issue, Json, ResolvedSchema, Schema, SchemaIssue, SchemaResult } from "../contract/index.ts";
import { nameOf } from "../kit/safe-cause.ts";
import { unwrapped } from "./object-root.ts";
import { withoutFilledNulls } from "./without-filled-nulls.ts";

export type ParsedOutput<T> = { readonly value: T } | { readonly issues: readonly Issue[] };

/** Models that were asked for JSON put it into a fence at times; one around the whole is taken off, nothing else. */
const FENCE = "```";

/** What of a resolved schema reading an answer needs. */
type Sent = Pick<ResolvedSchema, "schema" | "wrapped">;

/**
 * Text to a checked value, by the caller's schema and the one that was sent for it. Issues name the place in the value and
 * what was expected there, never what was found.
 */
export const parseOutput = async <T>(schema: Schema<T>, sent: Sent, text: string): Promise<ParsedOutput<T>> => {
  let data: Json;
  try {
    data = JSON.parse(unfenced(text.trim())) as Json;
  } catch {
    return { issues: [{ path: "output", message: "expected JSON" }] };
  }
  const whole = withoutFilledNulls(data, sent.schema);
  const result = await validated(schema, sent.wrapped === true ? unwrapped(whole) : whole);
  if (result.issues === undefined) return { value: result.value };
  return { issues: result.issues.map(toIssue) };
};

/** A schema's own code may throw. What it says may quote the answer, so its kind alone is told. */
const validated = async <T>(schema: Schema<T>, value: Json): Promise<SchemaResult<T>> => {
  try {
    return await schema["~standard"].validate(value);
  } catch (error) {
    return { issues: [{ message: `could not be checked: the schema threw a plain ${nameOf(error)}` }] };
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
