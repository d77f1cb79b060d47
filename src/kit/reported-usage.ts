import type { Usage } from "../contract/index.ts";

/** Token counts as a vendor reports them. `input` and `output` are totals: what the others count is part of them. */
export interface ReportedTokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
  readonly meters?: Usage["meters"];
}

/** A vendor's own figures in the normal form; no part beyond its total. */
export const reportedUsage = (tokens: ReportedTokens): Usage => {
  const { input, output, reasoning = 0, meters = {} } = tokens;
  const cacheRead = Math.min(tokens.cacheRead ?? 0, input);
  const cacheWrite = Math.min(tokens.cacheWrite ?? 0, input - cacheRead);
  return {
    input: { total: input, uncached: input - cacheRead - cacheWrite, cacheRead, cacheWrite },
    output: { total: output, reasoning: Math.min(reasoning, output) },
    meters,
    source: "reported",
  };
};
