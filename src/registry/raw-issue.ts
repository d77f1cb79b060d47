/** One thing wrong, at its path of keys, before its line is looked up. */
export interface RawIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of zod's `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of zod's `invalid_union`: what is wrong for each alternative, by paths from here. */
  readonly errors?: readonly (readonly RawIssue[])[];
}

/** A reference that does not hold. */
export const blame = (path: readonly PropertyKey[], message: string): RawIssue => ({
  code: "reference",
  path,
  message,
});
