/**
 * What may be kept of an error that is not ours: its name and its system code. Messages, headers and bodies of SDK errors
 * hold keys and prompts.
 */
export const safeCause = (error: unknown): Error => {
  const names: string[] = [];
  for (let each = error; each instanceof Error && names.length < 5; each = each.cause) {
    names.push("code" in each && isCode(each.code) ? `${nameOf(each)} ${String(each.code)}` : nameOf(each));
  }
  const safe = new Error(names.length === 0 ? typeof error : names.join(" ← "));
  safe.name = "UpstreamCause";
  return safe;
};

/**
 * The same of a fault of our own, with where it came from: the frames of its stack are code, and what a maintainer needs.
 * Its message may hold anything, and is left out.
 */
export const tracedCause = (error: unknown): Error => {
  const safe = safeCause(error);
  safe.name = "InternalCause";
  safe.stack = [String(safe), ...framesOf(error)].join("\n");
  return safe;
};

/** What an error is called, if that is one word. */
export const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const { name }: { readonly name: unknown } = error;
  return typeof name === "string" && /^[A-Za-z_$][\w$.]{0,63}$/.test(name) ? name : "Error";
};

const MAX_FRAME = 512;

/** The lines below the message that name a place in code. The message itself may have lines that look like it. */
const framesOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [];
  const { stack, message }: { readonly stack?: unknown; readonly message: unknown } = error;
  if (typeof stack !== "string" || typeof message !== "string") return [];
  const at = stack.indexOf(message);
  // A stack that was made before its message was changed begins with words that are not known.
  if (at < 0) return [];
  return stack
    .slice(at + message.length)
    .split("\n")
    .filter((line) => line.length <= MAX_FRAME && /^ {4}at .*:\d+:\d+\)?$/.test(line) && !line.includes("data:"));
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
