import type { JsonSchema, SchemaIssue } from "../contract/index.ts";
import { resolveReference } from "./resolve-reference.ts";

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;
interface Place {
  readonly root: Fields;
  readonly path: Path;
  readonly depth: number;
  /** Whether a value fits an alternative, found out once: trees of alternatives would else be walked in every combination. */
  readonly known: Map<unknown, Map<unknown, boolean>>;
  /** Whether `null` may stand for an optional property that is not there. */
  readonly fillsNulls: boolean;
}

/** Steps into values, references and alternatives; stops schemas that refer to themselves without end. */
export const MAX_DEPTH: number = 500;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What of a value does not fit a JSON Schema. Reads `type`, `enum`, `const`, `properties`, `required`,
 * `additionalProperties`, `items`, `prefixItems`, `anyOf`, `oneOf`, `allOf`, local `$ref`s, and the bounds of lengths, items
 * and numbers. What else a schema says (`pattern`, `format`, `not`, `if`) is not held against a value: pass a `validate`
 * of your own where it matters.
 */
export const checkSchema = (schema: JsonSchema, value: unknown): readonly SchemaIssue[] =>
  check(schema, value, { root: schema, path: [], depth: 0, known: new Map(), fillsNulls: false });

/** Tells whether a value fits a part of `root`, where `null` may stand for an optional property that is not there. */
export const fitsFilled = (root: JsonSchema): ((schema: unknown, value: unknown) => boolean) => {
  const place: Place = { root, path: [], depth: 0, known: new Map(), fillsNulls: true };
  return (schema, value) => fitsOnce(schema, value, place);
};

const check = (schema: unknown, value: unknown, place: Place): readonly SchemaIssue[] => {
  if (schema === false) return [issue(place, "nothing")];
  if (!isFields(schema)) return [];
  if (place.depth > MAX_DEPTH) return [issue(place, "less depth")];
  const { $ref: reference } = schema;
  if (typeof reference === "string") {
    return check(resolveReference(reference, place.root), value, { ...place, depth: place.depth + 1 });
  }
  return [
    ...kinds(schema, value, place),
    ...combined(schema, value, place),
    ...bounds(schema, value, place),
    ...(isFields(value) ? object(schema, value, place) : []),
    ...(Array.isArray(value) ? array(schema, value, place) : []),
  ];
};

const issue = ({ path }: Place, expected: string): SchemaIssue => ({ message: `expected ${expected}`, path });

const inside = (place: Place, key: string | number): Place => ({
  ...place,
  path: [...place.path, key],
  depth: place.depth + 1,
});

const isType = (type: unknown, value: unknown): boolean => {
  switch (type) {
    case "object":
      return isFields(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
};

const kinds = (schema: Fields, value: unknown, place: Place): readonly SchemaIssue[] => {
  const { type, enum: names } = schema;
  const types = type === undefined ? [] : [type].flat();
  if (types.length > 0 && !types.some((each) => isType(each, value))) return [issue(place, types.join(" or "))];
  if (Array.isArray(names) && !names.some((each) => same(each, value))) return [issue(place, "one of the enum")];
  return "const" in schema && !same(schema["const"], value) ? [issue(place, "the constant")] : [];
};

const same = (one: unknown, other: unknown): boolean => one === other || JSON.stringify(one) === JSON.stringify(other);

const combined = (schema: Fields, value: unknown, place: Place): readonly SchemaIssue[] => {
  const deeper = { ...place, depth: place.depth + 1 };
  const fits = (each: unknown): boolean => fitsOnce(each, value, deeper);
  const { anyOf, oneOf, allOf } = schema;
  const issues: SchemaIssue[] = [];
  if (Array.isArray(anyOf) && !anyOf.some(fits)) issues.push(issue(place, "one of the alternatives"));
  if (Array.isArray(oneOf) && oneOf.filter(fits).length !== 1)
    issues.push(issue(place, "exactly one of the alternatives"));
  if (Array.isArray(allOf)) for (const each of allOf) issues.push(...check(each, value, deeper));
  return issues;
};

const fitsOnce = (schema: unknown, value: unknown, place: Place): boolean => {
  const values = place.known.get(schema) ?? new Map<unknown, boolean>();
  place.known.set(schema, values);
  const found = values.get(value);
  if (found !== undefined) return found;
  // Asked again on the way, it has come round in a circle: nothing fits by that way alone.
  values.set(value, false);
  const fits = check(schema, value, place).length === 0;
  values.set(value, fits);
  return fits;
};

/** Bounds by keyword: what is measured, and the bound's direction. */
const BOUNDS: readonly (readonly [
  keyword: string,
  measure: (value: unknown) => number | undefined,
  ok: (size: number, bound: number) => boolean,
])[] = [
  ["minLength", (value) => (typeof value === "string" ? [...value].length : undefined), (size, bound) => size >= bound],
  ["maxLength", (value) => (typeof value === "string" ? [...value].length : undefined), (size, bound) => size <= bound],
  ["minItems", (value) => (Array.isArray(value) ? value.length : undefined), (size, bound) => size >= bound],
  ["maxItems", (value) => (Array.isArray(value) ? value.length : undefined), (size, bound) => size <= bound],
  ["minimum", (value) => (typeof value === "number" ? value : undefined), (size, bound) => size >= bound],
  ["maximum", (value) => (typeof value === "number" ? value : undefined), (size, bound) => size <= bound],
  ["exclusiveMinimum", (value) => (typeof value === "number" ? value : undefined), (size, bound) => size > bound],
  ["exclusiveMaximum", (value) => (typeof value === "number" ? value : undefined), (size, bound) => size < bound],
];

const bounds = (schema: Fields, value: unknown, place: Place): readonly SchemaIssue[] =>
  BOUNDS.flatMap(([keyword, measure, ok]) => {
    const bound = schema[keyword];
    const size = typeof bound === "number" ? measure(value) : undefined;
    return typeof bound !== "number" || size === undefined || ok(size, bound)
      ? []
      : [issue(place, `${keyword} ${bound}`)];
  });

const object = (schema: Fields, value: Fields, place: Place): readonly SchemaIssue[] => {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const fields = isFields(properties) ? properties : {};
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const missing = needed.filter((name) => !Object.hasOwn(value, String(name)));
  const issues = missing.map((name) => issue(inside(place, String(name)), "to be there"));
  for (const [name, each] of Object.entries(value)) {
    if (place.fillsNulls && each === null && Object.hasOwn(fields, name) && !needed.includes(name)) continue;
    // What a pattern may allow is not held against a value, since patterns are not read.
    const other = patternProperties === undefined ? additionalProperties : undefined;
    issues.push(...check(Object.hasOwn(fields, name) ? fields[name] : other, each, inside(place, name)));
  }
  return issues;
};

const array = (schema: Fields, value: readonly unknown[], place: Place): readonly SchemaIssue[] => {
  const { items, prefixItems } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems : [];
  return value.flatMap((each, index) => check(index < first.length ? first[index] : items, each, inside(place, index)));
};
