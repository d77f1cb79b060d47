import { type Fields, isFields, list, text } from "./dialect.ts";

/** OpenAI's rules for tools and schemas, as its documentation and its refusals tell them. A refusal's words, or nothing. */

/** Keywords that strict mode has no notion of. */
const UNKNOWN = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "propertyNames",
  "unevaluatedProperties",
  "prefixItems",
  "contains",
  "uniqueItems",
  "minProperties",
  "maxProperties",
];

/** https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
export const strictViolation = (schema: unknown, what: string): string | undefined => {
  if (!isFields(schema) || schema["type"] !== "object" || "anyOf" in schema) {
    return `Invalid schema for ${what}: schema must be a JSON Schema of 'type: "object"'.`;
  }
  const found = violation(schema, []);
  return found === undefined ? undefined : `Invalid schema for ${what}: ${found}`;
};

const violation = (schema: unknown, path: readonly string[]): string | undefined => {
  const at = `In context=(${path.map((each) => `'${each}'`).join(", ")}), `;
  if (!isFields(schema)) return `${at}schema must be an object.`;
  const unknown = UNKNOWN.find((keyword) => keyword in schema);
  if (unknown !== undefined) return `${at}'${unknown}' is not permitted.`;
  if ("$ref" in schema) return Object.keys(schema).length > 1 && path.length > 0 ? beside(schema, at) : undefined;
  if (!["type", "anyOf", "enum", "const"].some((key) => key in schema)) return `${at}schema must have a 'type' key.`;
  if ([schema["type"]].flat().includes("object")) {
    const open = openObject(schema, at);
    if (open !== undefined) return open;
  }
  return inner(schema).reduce<string | undefined>(
    (found, [name, each]) => found ?? violation(each, [...path, name]),
    undefined,
  );
};

const beside = (schema: Fields, at: string): string | undefined =>
  Object.keys(schema).some((key) => !["$ref", "$defs", "definitions"].includes(key))
    ? `${at}$ref cannot have keywords beside it.`
    : undefined;

const openObject = (schema: Fields, at: string): string | undefined => {
  if (schema["additionalProperties"] !== false) {
    return `${at}'additionalProperties' is required to be supplied and to be false.`;
  }
  const { properties, required } = schema;
  const names = Array.isArray(required) ? required : [];
  const missing = Object.keys(isFields(properties) ? properties : {}).find((name) => !names.includes(name));
  if (missing === undefined) return undefined;
  return `${at}'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
};

const inner = (schema: Fields): readonly (readonly [string, unknown])[] => [
  ...["properties", "$defs", "definitions"].flatMap((key) => Object.entries(isFields(schema[key]) ? schema[key] : {})),
  ...("items" in schema ? [["items", schema["items"]] as const] : []),
  ...(Array.isArray(schema["anyOf"]) ? schema["anyOf"].map((each, index) => [String(index), each] as const) : []),
];

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const nameViolation = (name: unknown, path: string): string | undefined =>
  NAME.test(text(name))
    ? undefined
    : `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;

/** What both APIs say of a function, wherever it keeps its fields. */
export const functionViolation = (fn: Fields, isStrict: boolean, path: string): string | undefined => {
  const misnamed = nameViolation(fn["name"], `${path}.name`);
  if (misnamed !== undefined) return misnamed;
  const schema = fn["parameters"];
  if (schema === undefined && !isStrict) return undefined;
  const what = `function '${text(fn["name"])}'`;
  if (isStrict) return strictViolation(schema, what);
  if (isFields(schema) && schema["type"] === "object" && !ROOT.some((keyword) => keyword in schema)) return undefined;
  return `Invalid schema for ${what}: schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.`;
};

const ROOT = ["oneOf", "anyOf", "allOf", "enum", "not"];

/** What both say of the form of an answer. */
export const formatViolation = (format: Fields, path: string): string | undefined =>
  nameViolation(format["name"], `${path}.name`) ??
  (format["strict"] === true
    ? strictViolation(format["schema"], `response_format '${text(format["name"])}'`)
    : undefined);

/** The first field that an object may not have. */
export const unknownField = (fields: Fields, known: ReadonlySet<string>): string | undefined =>
  Object.keys(fields).find((name) => !known.has(name));

export const fieldSet = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s+/));

/** Models that reason, by their ids; and those of them that take no function tools in Chat Completions. */
export const reasons = (model: string): boolean => /^(o\d|gpt-[5-9])/.test(model);
export const needsResponses = (model: string): boolean => /^gpt-(5\.[6-9]|[6-9])/.test(model);

const SAMPLING = ["temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"];

/** What models that reason do not take, unless they are told not to. */
export const samplingViolation = (body: Fields, effort: unknown): string | undefined => {
  if (!reasons(text(body["model"])) || effort === "none") return undefined;
  const sent = SAMPLING.find((name) => body[name] !== undefined && body[name] !== null);
  return sent === undefined ? undefined : `Unsupported parameter: '${sent}' is not supported with this model.`;
};

/** The types that the parts of a content may have. */
export const partViolation = (content: unknown, known: ReadonlySet<string>, path: string): string | undefined => {
  if (typeof content === "string") return undefined;
  if (!Array.isArray(content)) return `Invalid type for '${path}': expected one of an array of objects or string.`;
  const at = list(content).findIndex((part) => !known.has(text(part["type"])));
  return at < 0 ? undefined : `Invalid value: '${text(list(content)[at]?.["type"])}' at '${path}[${at}]'.`;
};

/** The first refusal among them. */
export const firstOf = (checks: readonly (() => string | undefined)[]): string | undefined => {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
};
