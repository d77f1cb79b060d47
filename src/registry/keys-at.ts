const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys that a JSON Schema knows at a path of a document: for "did you mean". */
export const keysAt = (schema: unknown, path: readonly PropertyKey[]): readonly string[] => {
  let found = alternatives(schema);
  for (const key of path) found = found.flatMap((each) => alternatives(below(each, key)));
  return found.flatMap(({ properties }) => (isFields(properties) ? Object.keys(properties) : []));
};

/** A schema, or each of those that it lets one choose from. */
const alternatives = (schema: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (!isFields(schema)) return [];
  return Array.isArray(schema["anyOf"]) ? schema["anyOf"].flatMap(alternatives) : [schema];
};

const below = ({ properties, additionalProperties, items }: Readonly<Record<string, unknown>>, key: PropertyKey) => {
  const known = isFields(properties) && Object.hasOwn(properties, key) ? properties[String(key)] : undefined;
  return known ?? (typeof key === "number" ? items : additionalProperties);
};
