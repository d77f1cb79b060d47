import type { Tool } from "@anthropic-ai/sdk/resources/messages/messages";
import {
  type Concede,
  isObject,
  type Json,
  type JsonObject,
  type JsonSchema,
  type ResolvedFunctionTool,
} from "../../src/kit/index.ts";
import { anthropicSchema } from "./schema.ts";

/** The schema of a tool's input as Anthropic takes it: an object, and no union at the root. Strict where that can be. */
export const inputSchema = (
  { input, strict }: ResolvedFunctionTool,
  path: string,
  concede: Concede,
): Pick<Tool, "input_schema" | "strict"> => {
  const flat = flattened(input.schema);
  if (flat !== input.schema) {
    concede(
      "schema_changed",
      path,
      "Anthropic takes no union as a tool's input: its alternatives were made one object.",
    );
  }
  const loose = { input_schema: { ...flat, type: "object" } } as const;
  if (strict !== true) return strict === undefined ? loose : { ...loose, strict };
  const { schema, unenforced, expressible } = anthropicSchema(flat);
  if (!expressible) {
    concede("schema_changed", path, "Anthropic cannot hold the model to this schema: it is told of it.");
    return loose;
  }
  concedeSchema(unenforced, path, concede);
  return { input_schema: { ...schema, type: "object" }, strict };
};

/** Says which of a schema's rules the vendor does not hold the model to. */
export const concedeSchema = (unenforced: readonly string[], path: string, concede: Concede): void => {
  if (unenforced.length === 0) return;
  concede(
    "schema_changed",
    path,
    `Anthropic does not enforce ${unenforced.join(", ")}: told to the model as a description.`,
  );
};

const UNIONS = ["anyOf", "oneOf", "allOf"] as const;
const flat = new WeakMap<JsonSchema, JsonSchema>();

/**
 * "input_schema does not support oneOf, allOf, or anyOf at the top level": one object with all their fields, of which those
 * are required that every alternative requires. The call is checked by nobody but its tool, so the alternatives stand in
 * the description too.
 */
const flattened = (schema: JsonSchema): JsonSchema => {
  const known = flat.get(schema);
  if (known !== undefined) return known;
  const unions = UNIONS.filter((union) => schema[union] !== undefined);
  if (unions.length === 0) return schema;
  const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => !unions.includes(key as never)));
  const fields = new Map<string, Json[]>();
  const required = new Set<string>();
  const take = (from: JsonObject, needed: readonly string[]): void => {
    for (const [name, field] of Object.entries(isObject(from["properties"]) ? from["properties"] : {})) {
      const said = fields.get(name) ?? [];
      if (!said.some((each) => JSON.stringify(each) === JSON.stringify(field))) said.push(field);
      fields.set(name, said);
    }
    for (const name of needed) required.add(name);
  };
  take(rest, names(rest));
  for (const union of unions) {
    const branches = branchesOf(schema, union);
    const common = union === "allOf" ? branches.flatMap(names) : shared(branches);
    for (const branch of branches) take(branch, common);
  }
  const rules = unions.map((union) => `${union}: ${JSON.stringify(schema[union])}`).join(", ");
  const own = typeof rest["description"] === "string" ? `${rest["description"]}\n\n` : "";
  const made: JsonSchema = {
    ...rest,
    type: "object",
    properties: Object.fromEntries([...fields].map(([name, said]) => [name, anyOf(said)])),
    required: [...required],
    description: `${own}{${rules}}`,
  };
  flat.set(schema, made);
  return made;
};

const anyOf = (said: readonly Json[]): Json => (said.length === 1 ? (said[0] ?? {}) : { anyOf: said });

const names = ({ required }: JsonObject): readonly string[] =>
  Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];

const shared = (branches: readonly JsonObject[]): readonly string[] => {
  const [first, ...others] = branches.map(names);
  return (first ?? []).filter((name) => others.every((other) => other.includes(name)));
};

/** Alternatives, those behind a local reference too. */
const branchesOf = (schema: JsonSchema, union: (typeof UNIONS)[number]): readonly JsonObject[] => {
  const branches = schema[union];
  if (!Array.isArray(branches)) return [];
  return branches.filter(isObject).map((branch) => {
    const [, map, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String(branch["$ref"] ?? "")) ?? [];
    const defined = map === undefined || name === undefined ? undefined : schema[map];
    const target = isObject(defined) && name !== undefined ? defined[name] : undefined;
    return isObject(target) ? target : branch;
  });
};
