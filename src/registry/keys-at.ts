const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys that a JSON Schema knows at a path of a document: for "did you mean". */
export const keysAt = (schema: unknown, path: readonly PropertyKey[]): readonly string[] => {
  let found: unknown = schema;
  for (const key of path) {
    if (!isFields(found)) return [];
    const { properties, additionalProperties, items } = found;
    const known = isFields(properties) && Object.hasOwn(properties, key) ? properties[String(key)] : undefined;
    found = known ?? (typeof key === "number" ? items : additionalProperties);
  }
  return isFields(found) && isFields(found["properties"]) ? Object.keys(found["properties"]) : [];
};
