/**
 * What may be kept of an error that is not ours: its name and its system code. Messages, headers and bodies of SDK errors
 * hold keys and prompts.
 */
export const safeCause = (error: unknown): Error => {
  const names: string[] = [];
  for (let each = error; each instanceof Error && names.length < 5; each = each.cause) {
    names.push("code" in each && isCode(each.code) ? `${each.name} ${String(each.code)}` : each.name);
  }
  const safe = new Error(names.length === 0 ? typeof error : names.join(" ← "));
  safe.name = "UpstreamCause";
  return safe;
};

const isCode = (code: unknown): boolean => typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code);

/** System or network code of an error, or of what caused it. */
export const codeOf = (error: unknown): string | undefined => {
  const coded = codedOf(error);
  return coded === undefined ? undefined : String(coded.code);
};

/** Whether it befell a connection that stood already: while it was read from or written to. */
export const isMidway = (error: unknown): boolean => {
  const coded = codedOf(error);
  return coded !== undefined && "syscall" in coded && (coded.syscall === "read" || coded.syscall === "write");
};

const codedOf = (error: unknown): (Error & { readonly code: unknown }) | undefined => {
  let each = error;
  for (let depth = 0; depth < 5 && each instanceof Error; depth += 1) {
    if ("code" in each && isCode(each.code)) return each as Error & { readonly code: unknown };
    each = each.cause;
  }
  return undefined;
};
