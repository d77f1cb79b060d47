/** One thing wrong, at its path of keys, before its line is looked up. */
export interface RawIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of zod's `unrecognized_keys`. */
  readonly keys?: readonly string[];
}

/** A reference that does not hold. */
export const blame = (path: readonly PropertyKey[], message: string): RawIssue => ({
  code: "reference",
  path,
  message,
});
