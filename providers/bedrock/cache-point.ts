import type { CachePointBlock, ContentBlock, SystemContentBlock } from "@aws-sdk/client-bedrock-runtime";
import type { CacheHint } from "../../src/kit/index.ts";

/** The vendor's own limit on cache points in one request. */
const MOST = 4;
const FIVE_MINUTES_MS = 5 * 60_000;

export interface CachePoint {
  readonly cachePoint: CachePointBlock;
}

/** Bedrock sells two lifetimes: five minutes, and (of some models) an hour at a higher price of writing. */
export const cachePoint = (hint: CacheHint): CachePoint => ({
  cachePoint: { type: "default", ...((hint.ttlMs ?? 0) > FIVE_MINUTES_MS && { ttl: "1h" as const }) },
});

type Block = ContentBlock | SystemContentBlock;

const isPoint = (block: Block): block is CachePoint => "cachePoint" in block && block.cachePoint !== undefined;

/**
 * Holds cache points, in the order of the prompt, to what the vendor takes: at most four, and never an hour after five
 * minutes; nor an hour at all where the model has none. Of too many, the first stays, since most requests share it, and the
 * last ones, since a conversation grows at its end.
 */
export const limitCachePoints = (lists: readonly Block[][], hasHour: boolean): void => {
  const points = lists.flat().filter(isPoint);
  const spare = points.length - MOST;
  const kept = new Set<Block>(spare > 0 ? [...points.slice(0, 1), ...points.slice(1 + spare)] : points);
  for (const list of lists) {
    const blocks = list.filter((block) => !isPoint(block) || kept.has(block));
    list.splice(0, list.length, ...blocks);
  }
  let isLong = false;
  for (const point of points.filter((each) => kept.has(each)).reverse()) {
    isLong ||= hasHour && point.cachePoint.ttl === "1h";
    if (isLong) point.cachePoint.ttl = "1h";
    else delete point.cachePoint.ttl;
  }
};
