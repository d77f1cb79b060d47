import { type Fields, isFields } from "./dialect.ts";

/** Keywords of JSON Schema that strict tools and output formats take (platform.claude.com, "Structured outputs"). */
const TAKEN: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "minItems",
  "enum",
  "const",
  "anyOf",
  "allOf",
  "$ref",
  "$defs",
  "definitions",
  "format",
  "title",
  "description",
  "default",
  "pattern",
]);
const FORMATS: ReadonlySet<unknown> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);
const MAPS = ["properties", "$defs", "definitions"];
const LISTS = ["anyOf", "allOf"];

/** Why a schema cannot be held to. */
export const wrongSchema = (schema: unknown, path: string): string | undefined =>
  wrongInside(schema, path) ??
  (isFields(schema) && isRecursive(schema) ? `${path}: Recursive schemas are not supported` : undefined);

/** Whether following its references never ends. */
const isRecursive = (schema: Fields): boolean => {
  const follow = (value: unknown, above: readonly string[]): boolean => {
    if (Array.isArray(value)) return value.some((each) => follow(each, above));
    if (!isFields(value)) return false;
    const to = typeof value["$ref"] === "string" ? value["$ref"] : undefined;
    if (to !== undefined) return above.includes(to) || follow(target(schema, to), [...above, to]);
    return Object.entries(value).some(([key, each]) => !DEFINITIONS.includes(key) && follow(each, above));
  };
  return follow(schema, ["#"]);
};

const DEFINITIONS = ["$defs", "definitions"];
const target = (schema: Fields, to: string): unknown =>
  to
    .split("/")
    .slice(1)
    .reduce<unknown>((at, key) => (isFields(at) ? at[key] : undefined), schema);

const SAYS = ["type", "enum", "const", "anyOf", "allOf", "$ref"];

const wrongInside = (schema: unknown, path: string): string | undefined => {
  if (!isFields(schema)) return `${path}: Input should be an object`;
  const isObject = schema["type"] === "object" || isFields(schema["properties"]);
  if (isObject && schema["additionalProperties"] !== false) {
    return `${path}: For 'object' type, 'additionalProperties' must be explicitly set to false`;
  }
  const unknown = Object.keys(schema).find((key) => !TAKEN.has(key));
  if (unknown !== undefined)
    return `${path}: For '${String(schema["type"])}' type, property '${unknown}' is not supported`;
  if (Number(schema["minItems"] ?? 0) > 1) return `${path}: 'minItems' must be 0 or 1`;
  if (schema["format"] !== undefined && !FORMATS.has(schema["format"])) return `${path}: 'format' is not supported`;
  if (!SAYS.some((key) => key in schema)) return `${path}: Schema type is required`;
  const literals = [schema["enum"], schema["const"]].flat();
  if (literals.some((each) => typeof each === "object" && each !== null)) {
    return `${path}: Complex types within enums are not supported`;
  }
  if (!String(schema["$ref"] ?? "#").startsWith("#")) return `${path}: External $ref is not supported`;
  return inner(schema)
    .map(([key, each]) => wrongInside(each, `${path}.${key}`))
    .find(Boolean);
};

const inner = (schema: Fields): readonly (readonly [path: string, schema: unknown])[] => [
  ...MAPS.flatMap((key) => (isFields(schema[key]) ? Object.entries(schema[key]) : [])),
  ...LISTS.flatMap((key) => (Array.isArray(schema[key]) ? Object.entries(schema[key] as unknown[]) : [])),
  ...("items" in schema ? [["items", schema["items"]] as const] : []),
];
