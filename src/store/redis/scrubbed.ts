const CREDENTIALS = /\/\/[^\s/@]*@/g;

/**
 * An error of the client, as it is but for what it must not tell: the user and password of a URL, and the command that failed
 * with all its arguments, which hold what was to be stored.
 */
export const scrubbed = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  if ("command" in error) Reflect.deleteProperty(error, "command");
  for (const part of ["message", "stack"] as const) {
    const text: unknown = error[part];
    if (typeof text !== "string" || text.search(CREDENTIALS) < 0) continue;
    Object.defineProperty(error, part, { value: text.replace(CREDENTIALS, "//[redacted]@"), configurable: true });
  }
  if ("errors" in error && Array.isArray(error.errors)) error.errors.forEach(scrubbed);
  if (error.cause !== undefined) scrubbed(error.cause);
  return error;
};
