import { nameOf } from "../kit/safe-cause.ts";

/**
 * Code that was handed to us (a listener, a closer, a sink) threw where no caller can be told. The process hears of it
 * once for each kind; no call does. Only the error's name is said: its message may hold anything.
 */
export const fault = (what: string, error: unknown): void => {
  if (said.has(what)) return;
  said.add(what);
  process.emitWarning(`headgate: ${what} (${nameOf(error)}); calls go on, and this is said once.`, {
    code: "HEADGATE_FAULT",
  });
};

const said = new Set<string>();
