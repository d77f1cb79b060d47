import { type FinishReason, isObject } from "../../src/kit/index.ts";

/** How an answer ended. `cut`: its connection did, before the vendor was done. `failed`: the vendor said that it failed. */
export interface Ending {
  readonly reason: FinishReason | "cut" | "failed";
  /** The vendor's own word. */
  readonly raw: string | undefined;
}

const REASONS: Readonly<Record<string, Ending["reason"]>> = {
  stop: "stop",
  length: "length",
  "content-filter": "content-filter",
  "tool-calls": "tool-calls",
  error: "failed",
  interrupted: "cut",
};

/**
 * A reason of V2 (a word) or of V3 and V4 (`{ unified, raw }`). V4 says `interrupted` of a stream that ended without its
 * vendor's last word; the versions before have what they begin with instead: `unknown` in V2, `other` without the vendor's
 * own word in V3. A whole answer cannot have been cut, whatever is not known of its end.
 */
export const endingOf = (told: unknown, isStream: boolean, callsTools: boolean): Ending => {
  const unified = isObject(told) ? told["unified"] : told;
  const said = isObject(told) ? told["raw"] : undefined;
  const raw = typeof said === "string" && said !== "" ? said : undefined;
  const known = typeof unified === "string" && Object.hasOwn(REASONS, unified) ? REASONS[unified] : undefined;
  if (known === undefined) return { reason: isStream && isUnsaid(told, unified, raw) ? "cut" : "other", raw };
  // Some providers say `stop` beside tool calls.
  if (known === "stop" && callsTools) return { reason: "tool-calls", raw };
  return { reason: known === "content-filter" && raw === "refusal" ? "refusal" : known, raw };
};

/** Nobody said why it ended. */
const isUnsaid = (told: unknown, unified: unknown, raw: string | undefined): boolean =>
  isObject(told) ? raw === undefined : unified !== "other";
