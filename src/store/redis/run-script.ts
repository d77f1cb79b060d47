import type { Script } from "./script.ts";

/** Asks by the script's name, and sends all of it to a server that does not have it (any more): after a restart, or a failover. */
export const runScript = async (
  { sha, source }: Script,
  byName: (sha: string) => Promise<unknown>,
  whole: (source: string) => Promise<unknown>,
): Promise<unknown> => {
  try {
    return await byName(sha);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return await whole(source);
  }
};

/** Replies as texts, where a client answers buffers. */
export const texts = (reply: unknown): unknown => {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString("utf8");
  return Array.isArray(reply) ? reply.map(texts) : reply;
};
