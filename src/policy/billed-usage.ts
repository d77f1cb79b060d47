import type { GatewayError, Meter, Usage } from "../contract/index.ts";

/** Bytes of text that a token stands for, where nobody said: about right for English, on the safe side for code. */
const BYTES_PER_TOKEN = 4;

/**
 * What an attempt is to be charged (PROMISES.md 2.6). Whole answers: what the vendor reported. What the vendor refused, or
 * what never reached it: nothing. Everything else was perhaps worked on: what is known of it, the rest estimated: as it
 * is likely, not on the safe side, since the sum of many is to be right.
 */
export const billedUsage = (meter: Meter, error: GatewayError | undefined): Usage | undefined => {
  if (meter.finished) return meter.reported;
  if (!meter.sent || wasRefused(meter, error)) return undefined;
  const { reported, inputTokens } = meter;
  const input = reported?.input ?? { total: inputTokens, uncached: inputTokens, cacheRead: 0, cacheWrite: 0 };
  const seen = Math.ceil(meter.outputBytes / BYTES_PER_TOKEN);
  const output = { total: Math.max(seen, reported?.output.total ?? 0), reasoning: reported?.output.reasoning ?? 0 };
  return { input, output, meters: reported?.meters ?? {}, source: "estimated" };
};

/** Before any work was seen, an answer with an error status, or no connection, costs nothing. */
const wasRefused = (meter: Meter, error: GatewayError | undefined): boolean => {
  if (error === undefined || meter.outputBytes > 0 || meter.reported !== undefined) return false;
  if (error.kind === "caller") return true;
  if (error.kind !== "upstream") return false;
  if (error.code === "network" || error.code === "timeout") {
    return "sent" in error.details && error.details.sent === false;
  }
  return error.code !== "stream_truncated" && error.code !== "protocol";
};

/** What `now` has that `before` had not. Undefined where that is nothing. */
export const growth = (before: Usage | undefined, now: Usage | undefined): Usage | undefined => {
  if (now === undefined) return undefined;
  if (before === undefined) return now;
  const input = {
    total: now.input.total - before.input.total,
    uncached: now.input.uncached - before.input.uncached,
    cacheRead: now.input.cacheRead - before.input.cacheRead,
    cacheWrite: now.input.cacheWrite - before.input.cacheWrite,
  };
  const output = {
    total: now.output.total - before.output.total,
    reasoning: now.output.reasoning - before.output.reasoning,
  };
  const meters: Record<string, number> = {};
  for (const [name, units] of Object.entries(now.meters)) {
    const more = units - (before.meters[name] ?? 0);
    if (more !== 0) meters[name] = more;
  }
  const nothing = input.total === 0 && output.total === 0 && Object.keys(meters).length === 0;
  return nothing ? undefined : { input, output, meters, source: now.source };
};

/** Both together. One estimate makes the sum an estimate. */
export const addUsage = (one: Usage | undefined, other: Usage | undefined): Usage | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  const meters: Record<string, number> = { ...one.meters };
  for (const [name, units] of Object.entries(other.meters)) meters[name] = (meters[name] ?? 0) + units;
  return {
    input: {
      total: one.input.total + other.input.total,
      uncached: one.input.uncached + other.input.uncached,
      cacheRead: one.input.cacheRead + other.input.cacheRead,
      cacheWrite: one.input.cacheWrite + other.input.cacheWrite,
    },
    output: {
      total: one.output.total + other.output.total,
      reasoning: one.output.reasoning + other.output.reasoning,
    },
    meters,
    source: one.source === "reported" && other.source === "reported" ? "reported" : "estimated",
  };
};
