import type { Clock, Message } from "../contract/index.ts";

/**
 * Ids of tool calls as a vendor takes them. One that fits stays as it is; any other gets one that fits everywhere (nine
 * letters and digits), the same for a call and its result. Given in the order of the history, so that a longer history
 * begins as the shorter one did, and prompt caches hold.
 *
 * @param fits what the vendor takes, as a pattern of the whole id.
 */
export const toolIdsOf = (messages: readonly Message[], fits: RegExp): ((id: string) => string) => {
  const known = new Set<string>();
  for (const { content } of messages) {
    if (typeof content === "string") continue;
    for (const part of content) if (part.type === "tool-call" || part.type === "tool-result") known.add(part.id);
  }
  const given = new Map<string, string>();
  let number = 0;
  const next = (): string => {
    for (;;) {
      number += 1;
      const id = `h${String(number).padStart(8, "0")}`;
      if (!known.has(id)) return id;
    }
  };
  for (const id of known) given.set(id, fits.test(id) ? id : next());
  return (id) => given.get(id) ?? id;
};

/** An id for a call that its vendor gave none: nine letters and digits, by the clock's own chance. */
export const newToolId = (clock: Clock): string =>
  `c${Math.floor(clock.chance() * 36 ** 8)
    .toString(36)
    .padStart(8, "0")}`;
