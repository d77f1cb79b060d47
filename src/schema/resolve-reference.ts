type Fields = Readonly<Record<string, unknown>>;

/** What a local `$ref` points to; one that points elsewhere, or nowhere, allows anything. */
export const resolveReference = (reference: string, root: Fields): unknown => {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return true;
  let found: unknown = root;
  for (const step of reference.slice(2).split("/")) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const within = typeof found === "object" && found !== null && Object.hasOwn(found, key);
    found = within ? (found as Fields)[key] : undefined;
  }
  return found ?? true;
};
